//! `PickleBuffer`: a buffer that a pickle need not carry itself (PEP 574).

use vm::builtins::memoryview::MemoryView;
use vm::object::buffer::{Buffer, get_buffer, request};
use vm::object::instance;
use vm::prelude::*;

/// Wrapper for potentially out-of-band buffers
#[pytype("PickleBuffer", module = "pickle", flags(HAVE_GC, MANAGED_WEAKREF))]
pub struct PickleBuffer {
    pub head: Head,
    /// Holds the buffer; empty once it is released.
    view: Field<Ref<MemoryView>>,
}

impl PickleBuffer {
    fn view(&self, vm: &Vm) -> Result<Ref<MemoryView>> {
        match self.view.get() {
            Some(view) => Ok(view),
            None => Err(raise!(vm, ValueError, "operation forbidden on released PickleBuffer object")),
        }
    }

    /// What it covers.
    pub fn buffer(&self, vm: &Vm) -> Result<Buffer> {
        self.view(vm)?.view(vm)
    }
}

/// Whether the items lie without gaps, whichever index is fastest: their bytes are then one run.
pub fn is_one_run(buffer: &Buffer) -> bool {
    let fortran = || {
        let mut expected = buffer.itemsize as isize;
        buffer.shape.iter().zip(&buffer.strides).all(|(&n, &stride)| {
            let fits = n <= 1 || stride == expected;
            expected *= n as isize;
            fits
        })
    };
    buffer.shape.contains(&0) || buffer.is_contiguous() || fortran()
}

#[pymethods]
impl PickleBuffer {
    #[slot(raw, "(object, /)", notext)]
    fn new(cls: &Ref<Type>, vm: &Vm, args: Args<'_>) -> Result<Object> {
        let object = match args.items {
            [object] if args.names.is_none() => object,
            [] => bail!(vm, TypeError, "PickleBuffer() takes exactly 1 positional argument (0 given)"),
            [_] => bail!(vm, TypeError, "PickleBuffer() takes no keyword arguments"),
            many => bail!(vm, TypeError, "PickleBuffer() takes at most 1 argument ({} given)", many.len()),
        };
        let view = MemoryView::from_buffer(get_buffer(vm, object, request::FULL_RO)?);
        Ok(instance::alloc(vm, cls, PickleBuffer { head: Head::new(), view: Field::some(view) })?.into_object())
    }

    #[slot]
    fn slot_buffer(&self, vm: &Vm, flags: i32) -> Result<Buffer> {
        get_buffer(vm, &self.buffer(vm)?.object, flags)
    }

    #[slot]
    fn release_buffer(this: &Object, vm: &Vm, view: &Object) -> Result<()> {
        vm::builtins::memoryview::release_view(vm, this, view)
    }

    /// Return a memoryview of the raw memory underlying this buffer.
    ///
    /// Will raise BufferError is the buffer isn't contiguous.
    #[py("raw()")]
    fn raw(&self, vm: &Vm) -> Result<Object> {
        let view = self.view(vm)?;
        if !is_one_run(&view.view(vm)?) {
            bail!(vm, BufferError, "cannot extract raw buffer from non-contiguous buffer");
        }
        let object = view.view(vm)?.object;
        let mut raw = get_buffer(vm, view.as_object(), request::FULL_RO)?;
        raw.object = object;
        let len = raw.byte_len();
        (raw.format, raw.itemsize, raw.shape, raw.strides) = ("B".to_owned(), 1, vec![len], vec![1]);
        Ok(MemoryView::from_buffer(raw).into_object())
    }

    /// Release the underlying buffer.
    #[py("release()")]
    fn release(&self) {
        self.view.set(None);
    }
}
