//! `LZMACompressor`.

use super::filters::{self, Filter};
use super::{ALONE, RAW, XZ, io_error};
use lzma_rust2::filter::bcj::BcjWriter;
use lzma_rust2::{CheckType, FilterType, Lzma2Options, Lzma2Writer, LzmaWriter, XzOptions, XzWriter};
use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use vm::object::buffer::bytes_of;
use vm::object::instance;
use vm::prelude::*;

/// Where the bytes of a chain of writers come out.
#[derive(Clone, Default)]
struct Sink(Rc<RefCell<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut out = self.0.borrow_mut();
        out.try_reserve(bytes.len()).map_err(|_| io::ErrorKind::OutOfMemory)?;
        out.extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A stage of compression: bytes go in by `Write`, and it has an end.
trait Stage: Write {
    fn end(self: Box<Self>) -> io::Result<()>;
}

impl Stage for XzWriter<Sink> {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.finish().map(drop)
    }
}

impl Stage for Lzma2Writer<Sink> {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.finish().map(drop)
    }
}

impl Stage for LzmaWriter<Sink> {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.finish().map(drop)
    }
}

impl Stage for BcjWriter<Box<dyn Stage>> {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.finish()?.end()
    }
}

/// Differences to the byte `distance` before.
struct DeltaStage {
    inner: Box<dyn Stage>,
    distance: usize,
    last: Vec<u8>,
}

impl Write for DeltaStage {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let start = self.last.len();
        self.last.extend_from_slice(bytes);
        let out: Vec<u8> = (start..self.last.len())
            .map(|at| self.last[at].wrapping_sub(at.checked_sub(self.distance).map_or(0, |before| self.last[before])))
            .collect();
        let spare = self.last.len().saturating_sub(self.distance);
        self.last.drain(..spare);
        self.inner.write_all(&out)?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl Stage for DeltaStage {
    fn end(self: Box<Self>) -> io::Result<()> {
        self.inner.end()
    }
}

fn before(filter: &Filter, inner: Box<dyn Stage>) -> Box<dyn Stage> {
    match *filter {
        Filter::Delta(distance) => Box::new(DeltaStage { inner, distance: distance as usize, last: Vec::new() }),
        Filter::Branch(kind, start) => {
            let start = start as usize;
            Box::new(match kind {
                FilterType::BcjPpc => BcjWriter::new_ppc(inner, start),
                FilterType::BcjIa64 => BcjWriter::new_ia64(inner, start),
                FilterType::BcjArm => BcjWriter::new_arm(inner, start),
                FilterType::BcjArmThumb => BcjWriter::new_arm_thumb(inner, start),
                FilterType::BcjSparc => BcjWriter::new_sparc(inner, start),
                _ => BcjWriter::new_x86(inner, start),
            })
        }
        Filter::Lzma1(_) | Filter::Lzma2(_) => inner,
    }
}

/// LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)
///
/// Create a compressor object for compressing data incrementally.
///
/// format specifies the container format to use for the output. This can
/// be FORMAT_XZ (default), FORMAT_ALONE, or FORMAT_RAW.
///
/// check specifies the integrity check to use. For FORMAT_XZ, the default
/// is CRC64. FORMAT_ALONE and FORMAT_RAW do not support integrity checks;
/// for these formats, check must be omitted, or be CHECK_NONE.
///
/// The settings used by the compressor can be specified either as a
/// preset compression level (with the 'preset' argument), or in detail
/// as a custom filter chain (with the 'filters' argument).
#[pytype("LZMACompressor", module = "_lzma")]
pub struct LzmaCompressor {
    pub head: Head,
    /// None once it was flushed.
    #[untraced]
    stage: RefCell<Option<Box<dyn Stage>>>,
    #[untraced]
    sink: Sink,
}

fn open(
    vm: &Vm,
    sink: &Sink,
    format: i32,
    check: i32,
    preset: Option<&Object>,
    specs: Option<&Object>,
) -> Result<Box<dyn Stage>> {
    if format != XZ && check != -1 && check != 0 {
        bail!(vm, ValueError, "Integrity checks are only supported by FORMAT_XZ");
    }
    if preset.is_some() && specs.is_some() {
        bail!(vm, ValueError, "Cannot specify both preset and filter chain");
    }
    let preset = match preset {
        Some(preset) => filters::unsigned32(vm, preset)?,
        None => 6,
    };
    let (filters, last) = match (format, specs) {
        (XZ | ALONE | RAW, Some(specs)) => filters::chain(vm, specs)?,
        (XZ, None) if preset & 0x1F > 9 || preset & !0x8000_001F != 0 => {
            return Err(super::lzma_error(vm, "Invalid or unsupported options"));
        }
        (XZ | ALONE, None) => (Vec::new(), Filter::Lzma2(filters::preset(vm, preset)?)),
        (RAW, None) => bail!(vm, ValueError, "Must specify filters for FORMAT_RAW"),
        _ => bail!(vm, ValueError, "Invalid container format: {format}"),
    };
    let failed = |error: io::Error| io_error(vm, &error);
    Ok(match (format, last) {
        (XZ, Filter::Lzma2(lzma_options)) => {
            let check_type = match check {
                -1 | 4 => CheckType::Crc64,
                0 => CheckType::None,
                1 => CheckType::Crc32,
                10 => CheckType::Sha256,
                _ => return Err(super::lzma_error(vm, "Unsupported integrity check")),
            };
            let filters = filters.iter().filter_map(Filter::config).collect();
            let options = XzOptions { lzma_options, check_type, block_size: None, filters };
            Box::new(XzWriter::new(sink.clone(), options).map_err(failed)?)
        }
        (XZ, _) => return Err(super::lzma_error(vm, "Invalid or unsupported options")),
        (ALONE, Filter::Lzma1(options)) if filters.is_empty() => {
            Box::new(LzmaWriter::new_use_header(sink.clone(), &options, None).map_err(failed)?)
        }
        (ALONE, Filter::Lzma2(options)) if specs.is_none() => {
            Box::new(LzmaWriter::new_use_header(sink.clone(), &options, None).map_err(failed)?)
        }
        (ALONE, _) => {
            bail!(vm, ValueError, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter")
        }
        (_, last) => {
            let mut stage: Box<dyn Stage> = match last {
                Filter::Lzma1(options) => {
                    Box::new(LzmaWriter::new_no_header(sink.clone(), &options, true).map_err(failed)?)
                }
                Filter::Lzma2(lzma_options) => {
                    Box::new(Lzma2Writer::new(sink.clone(), Lzma2Options { lzma_options, chunk_size: None }))
                }
                Filter::Delta(_) | Filter::Branch(..) => {
                    return Err(super::lzma_error(vm, "Invalid or unsupported options"));
                }
            };
            for filter in filters.iter().rev() {
                stage = before(filter, stage);
            }
            stage
        }
    })
}

#[pymethods]
impl LzmaCompressor {
    #[slot("(format=1, check=-1, preset=None, filters=None)", notext)]
    fn new(
        cls: &Ref<Type>,
        vm: &Vm,
        format: i32,
        check: i32,
        preset: Option<&Object>,
        filters: Option<&Object>,
    ) -> Result<Object> {
        let sink = Sink::default();
        let stage = open(vm, &sink, format, check, preset, filters)?;
        let body = LzmaCompressor { head: Head::new(), stage: RefCell::new(Some(stage)), sink };
        Ok(instance::alloc(vm, cls, body)?.into_object())
    }

    /// Provide data to the compressor object.
    ///
    /// Returns a chunk of compressed data if possible, or b'' otherwise.
    ///
    /// When you have finished providing data to the compressor, call the
    /// flush() method to finish the compression process.
    #[py("compress(data, /)")]
    fn compress(&self, vm: &Vm, data: &Object) -> Result<Ref<Bytes>> {
        let data = bytes_of(vm, data)?;
        let mut place = self.stage.borrow_mut();
        let Some(stage) = &mut *place else { bail!(vm, ValueError, "Compressor has been flushed") };
        stage.write_all(&data).map_err(|error| io_error(vm, &error))?;
        Bytes::try_new(vm, &std::mem::take(&mut *self.sink.0.borrow_mut()))
    }

    /// Finish the compression process.
    ///
    /// Returns the compressed data left in internal buffers.
    ///
    /// The compressor object may not be used after this method is called.
    #[py("flush()")]
    fn flush(&self, vm: &Vm) -> Result<Ref<Bytes>> {
        let Some(stage) = self.stage.borrow_mut().take() else {
            bail!(vm, ValueError, "Repeated call to flush()");
        };
        stage.end().map_err(|error| io_error(vm, &error))?;
        Bytes::try_new(vm, &std::mem::take(&mut *self.sink.0.borrow_mut()))
    }

    #[py("__reduce__()")]
    fn reduce(&self, vm: &Vm) -> Result<()> {
        Err(raise!(vm, TypeError, "cannot pickle '_lzma.LZMACompressor' object"))
    }
}
