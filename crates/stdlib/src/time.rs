//! `time`.

use std::ffi::CString;
use vm::builtins::str::mem;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::object::attr;
use vm::prelude::*;
use vm::protocol::{call, number};

static STRUCT_TIME: Table = Table {
    name: "struct_time",
    module: "time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.",
    fields: &[
        ("tm_year", "year, for example, 1993"),
        ("tm_mon", "month of year, range [1, 12]"),
        ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"),
        ("tm_min", "minutes, range [0, 59]"),
        ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"),
        ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"),
        ("tm_zone", "abbreviation of timezone name"),
        ("tm_gmtoff", "offset from UTC in seconds"),
    ],
    visible: 9,
    constructible: true,
};

fn seconds(time: host::time::Time) -> f64 {
    time.sec as f64 + time.nsec as f64 * 1e-9
}

fn nanoseconds(time: host::time::Time) -> i128 {
    i128::from(time.sec) * 1_000_000_000 + i128::from(time.nsec)
}

fn clock(vm: &Vm, id: i32) -> Result<host::time::Time> {
    host::time::clock(id).map_err(|error| vm::exception::os_error(vm, &error, None))
}

/// Processor time of the process and of the thread (Linux).
const PROCESS: i32 = 2;
const THREAD: i32 = 3;

fn broken(vm: &Vm, time: &host::time::Broken) -> Result<Object> {
    let int = |n: i64| Int::from_i64(n);
    let zone = Str::new(&String::from_utf8_lossy(&time.zone)).into_object();
    StructSeq::make(
        vm,
        &STRUCT_TIME,
        vec![
            int(i64::from(time.year) + 1900),
            int(i64::from(time.mon) + 1),
            int(time.mday.into()),
            int(time.hour.into()),
            int(time.min.into()),
            int(time.sec.into()),
            int(i64::from(time.wday + 6) % 7),
            int(i64::from(time.yday) + 1),
            int(time.isdst.into()),
            zone,
            int(time.gmtoff),
        ],
    )
}

fn when(vm: &Vm, secs: Option<&Object>) -> Result<i64> {
    match secs {
        None => Ok(host::time::now().sec),
        Some(secs) if secs.is(&none()) => Ok(host::time::now().sec),
        Some(secs) => match Float::value_of(secs) {
            Some(value) if value.is_nan() => Err(raise!(vm, ValueError, "Invalid value NaN (not a number)")),
            Some(value) if value.abs() < 1e18 => Ok(value.floor() as i64),
            Some(_) => Err(raise!(vm, OverflowError, "timestamp out of range for platform time_t")),
            None => Int::to_i64(&number::index(vm, secs)?)
                .ok_or_else(|| raise!(vm, OverflowError, "timestamp out of range for platform time_t")),
        },
    }
}

/// Reads the zone, and sets the module's names for it.
fn set_zone(vm: &Vm, dict: &Ref<Dict>) -> Result<()> {
    host::time::read_zone();
    let (january, july) = (host::time::local(1_735_732_800), host::time::local(1_751_371_200));
    if let (Ok(january), Ok(july)) = (january, july) {
        let (standard, summer) = if january.isdst > 0 { (&july, &january) } else { (&january, &july) };
        let name = |b: &host::time::Broken| Str::new(&String::from_utf8_lossy(&b.zone)).into_object();
        dict.set_str(vm, "timezone", Int::from_i64(-standard.gmtoff))?;
        dict.set_str(vm, "altzone", Int::from_i64(-summer.gmtoff))?;
        dict.set_str(vm, "daylight", Object::int32(i32::from(january.gmtoff != july.gmtoff)))?;
        dict.set_str(vm, "tzname", Tuple::from_slice(&[name(standard), name(summer)]).into_object())?;
    }
    Ok(())
}

fn clock_id(vm: &Vm, id: &Object) -> Result<i32> {
    if !id.is_instance_of::<Int>() {
        bail!(vm, TypeError, "clk_id should be integer, not {}", vm::object::type_of(id).short_name());
    }
    let id = Int::to_i64(id).and_then(|id| i32::try_from(id).ok());
    id.ok_or_else(|| raise!(vm, OverflowError, "Python int too large to convert to C int"))
}

fn local(vm: &Vm, secs: Option<&Object>) -> Result<host::time::Broken> {
    host::time::local(when(vm, secs)?).map_err(|error| vm::exception::os_error(vm, &error, None))
}

/// The fields of a time tuple, not checked.
fn from_tuple(vm: &Vm, given: &Object, function: &str) -> Result<host::time::Broken> {
    if !given.is_instance_of::<Tuple>() {
        bail!(vm, TypeError, "Tuple or struct_time argument required");
    }
    let Some(tuple) = given.cast::<Tuple>() else { bail!(vm, TypeError, "Tuple or struct_time argument required") };
    if tuple.len() != 9 {
        bail!(vm, TypeError, "{function}(): illegal time tuple argument");
    }
    let mut n = [0i32; 9];
    for (slot, item) in n.iter_mut().zip(tuple.items()) {
        let number = number::index(vm, item)?;
        *slot = match Int::to_i64(&number).map(i32::try_from) {
            Some(Ok(number)) => number,
            _ if Int::to_i64(&number).is_some_and(|n| n < 0) => {
                bail!(vm, OverflowError, "signed integer is less than minimum")
            }
            _ => bail!(vm, OverflowError, "signed integer is greater than maximum"),
        };
    }
    let Some(year) = n[0].checked_sub(1900) else { bail!(vm, OverflowError, "year out of range") };
    let mut time = host::time::Broken {
        year,
        mon: n[1].wrapping_sub(1),
        mday: n[2],
        hour: n[3],
        min: n[4],
        sec: n[5],
        // C's remainder: what is below −1 stays below zero and is refused later.
        wday: n[6].wrapping_add(1) % 7,
        yday: n[7].wrapping_sub(1),
        isdst: n[8],
        ..Default::default()
    };
    if vm::object::type_of(given).is_subtype(&*StructSeq::class(vm, &STRUCT_TIME)?) {
        let zone = attr::getattr(vm, given, &vm.intern("tm_zone"))?;
        if let Some(zone) = zone.cast::<Str>() {
            time.zone = zone.to_utf8(vm)?.into_bytes();
        }
        let offset = attr::getattr(vm, given, &vm.intern("tm_gmtoff"))?;
        time.gmtoff = Int::to_i64(&offset).unwrap_or_default();
    }
    Ok(time)
}

/// Mends what may be 0 though it counts from 1, and refuses what the C library must not see.
fn checked(vm: &Vm, mut time: host::time::Broken) -> Result<host::time::Broken> {
    let from_zero = |n: &mut i32, none: i32, first: i32| {
        if *n == none {
            *n = first;
        }
    };
    from_zero(&mut time.mon, -1, 0);
    from_zero(&mut time.mday, 0, 1);
    from_zero(&mut time.yday, -1, 0);
    for (value, range, what) in [
        (time.mon, 0..=11, "month"),
        (time.mday, 1..=31, "day of month"),
        (time.hour, 0..=23, "hour"),
        (time.min, 0..=59, "minute"),
        (time.sec, 0..=61, "seconds"),
        (time.wday, 0..=i32::MAX, "day of week"),
        (time.yday, 0..=365, "day of year"),
    ] {
        if !range.contains(&value) {
            bail!(vm, ValueError, "{what} out of range");
        }
    }
    time.isdst = time.isdst.clamp(-1, 1);
    Ok(time)
}

/// This module provides various functions to manipulate time values.
#[pymodule("time")]
pub mod module {
    use super::*;
    use vm::builtins::module::Module;

    #[exec]
    fn exec(vm: &Vm, module: &Ref<Module>) -> Result<()> {
        let dict = module.dict();
        dict.set_str(vm, "struct_time", StructSeq::class(vm, &STRUCT_TIME)?.into_object())?;
        dict.set_str(vm, "_STRUCT_TM_ITEMS", Object::int32(11))?;
        for (name, id) in [
            ("CLOCK_REALTIME", 0),
            ("CLOCK_MONOTONIC", 1),
            ("CLOCK_PROCESS_CPUTIME_ID", 2),
            ("CLOCK_THREAD_CPUTIME_ID", 3),
            ("CLOCK_MONOTONIC_RAW", 4),
            ("CLOCK_BOOTTIME", 7),
            ("CLOCK_TAI", 11),
        ] {
            dict.set_str(vm, name, Object::int32(id))?;
        }
        set_zone(vm, &dict)
    }

    /// Return the current time in seconds since the Epoch.
    ///
    /// Fractions of a second may be present if the system clock provides them.
    #[py("time()")]
    fn time() -> f64 {
        seconds(host::time::now())
    }

    /// Return the current time in nanoseconds since the Epoch.
    #[py("time_ns()")]
    fn time_ns() -> i128 {
        nanoseconds(host::time::now())
    }

    /// Monotonic clock, cannot go backward.
    #[py("monotonic()")]
    fn monotonic() -> f64 {
        seconds(host::time::monotonic())
    }

    /// Monotonic clock, cannot go backward, as nanoseconds.
    #[py("monotonic_ns()")]
    fn monotonic_ns() -> i128 {
        nanoseconds(host::time::monotonic())
    }

    /// Performance counter for benchmarking.
    #[py("perf_counter()")]
    fn perf_counter() -> f64 {
        seconds(host::time::monotonic())
    }

    /// Performance counter for benchmarking as nanoseconds.
    #[py("perf_counter_ns()")]
    fn perf_counter_ns() -> i128 {
        nanoseconds(host::time::monotonic())
    }

    /// Process time for profiling: sum of the kernel and user-space CPU time.
    #[py("process_time()")]
    fn process_time(vm: &Vm) -> Result<f64> {
        Ok(seconds(clock(vm, PROCESS)?))
    }

    /// Process time for profiling as nanoseconds.
    #[py("process_time_ns()")]
    fn process_time_ns(vm: &Vm) -> Result<i128> {
        Ok(nanoseconds(clock(vm, PROCESS)?))
    }

    /// Thread time for profiling: sum of the kernel and user-space CPU time.
    #[py("thread_time()")]
    fn thread_time(vm: &Vm) -> Result<f64> {
        Ok(seconds(clock(vm, THREAD)?))
    }

    /// Thread time for profiling as nanoseconds.
    #[py("thread_time_ns()")]
    fn thread_time_ns(vm: &Vm) -> Result<i128> {
        Ok(nanoseconds(clock(vm, THREAD)?))
    }

    /// Delay execution for a given number of seconds.
    ///
    /// The argument may be a floating-point number for subsecond precision.
    #[py("sleep(seconds, /)")]
    fn sleep(vm: &Vm, seconds: &Object) -> Result<()> {
        let nanos = vm::protocol::time::nanoseconds(vm, seconds, vm::protocol::time::Round::Up)?;
        if nanos < 0 {
            bail!(vm, ValueError, "sleep length must be non-negative");
        }
        let until = host::time::Time::after(nanos);
        vm.blocking_call(|| host::time::sleep_until(until))?;
        Ok(())
    }

    /// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).
    #[py("gmtime(seconds=None, /)", notext, tuple)]
    fn gmtime(vm: &Vm, seconds: Option<&Object>) -> Result<Object> {
        let time = host::time::utc(when(vm, seconds)?).map_err(|error| vm::exception::os_error(vm, &error, None))?;
        broken(vm, &time)
    }

    /// Convert seconds since the Epoch to a time tuple expressing local time.
    #[py("localtime(seconds=None, /)", notext, tuple)]
    fn localtime(vm: &Vm, seconds: Option<&Object>) -> Result<Object> {
        broken(vm, &local(vm, seconds)?)
    }

    /// Convert a time tuple in local time to seconds since the Epoch.
    #[py("mktime(tuple, /)")]
    fn mktime(vm: &Vm, tuple: &Object) -> Result<f64> {
        let time = from_tuple(vm, tuple, "mktime")?;
        let seconds = host::time::from_local(&time).map(|s| s as f64);
        seconds.ok_or_else(|| raise!(vm, OverflowError, "mktime argument out of range"))
    }

    /// Convert a time tuple to a string according to a format specification.
    ///
    /// Without a tuple the current local time is used.
    #[py("strftime(format, time_tuple=<unrepresentable>, /)", tuple)]
    fn strftime(vm: &Vm, format: &Ref<Str>, time_tuple: Option<&Object>) -> Result<Ref<Str>> {
        let time = match time_tuple {
            Some(tuple) => checked(vm, from_tuple(vm, tuple, "strftime")?)?,
            None => local(vm, None)?,
        };
        let mut out = String::new();
        let mut wide: Vec<(usize, u32)> = Vec::new();
        let mut run = Vec::new();
        let flush = |run: &mut Vec<u8>, out: &mut String| {
            if let Ok(text) = CString::new(std::mem::take(run)) {
                out.push_str(&String::from_utf8_lossy(&host::time::format(&text, &time)));
            }
        };
        // Only ASCII goes through the C library; NUL ends a run too, and surrogates have no place in a `String`.
        for code in format.code_points() {
            match char::from_u32(code) {
                Some(c) if c.is_ascii() && c != '\0' => run.push(c as u8),
                Some(c) => {
                    flush(&mut run, &mut out);
                    out.push(c);
                }
                None => {
                    flush(&mut run, &mut out);
                    wide.push((out.chars().count(), code));
                    out.push('\u{fffd}');
                }
            }
        }
        flush(&mut run, &mut out);
        if wide.is_empty() {
            return Ok(Str::new(&out));
        }
        let mut buffer = mem(vm, text::TextBuilder::with_capacity(out.len()))?;
        let mut wide = wide.into_iter().peekable();
        for (at, c) in out.chars().enumerate() {
            let code = wide.next_if(|(place, _)| *place == at).map_or(c as u32, |(_, code)| code);
            mem(vm, buffer.push(code))?;
        }
        Str::from_buf(vm, buffer.finish())
    }

    fn as_text(time: &host::time::Broken) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        format!(
            "{} {}{:3} {:02}:{:02}:{:02} {}",
            DAYS[time.wday.rem_euclid(7) as usize],
            MONTHS[time.mon.rem_euclid(12) as usize],
            time.mday,
            time.hour,
            time.min,
            time.sec,
            i64::from(time.year) + 1900
        )
    }

    /// Convert a time tuple to a string like 'Sat Jun 06 16:26:11 1998'.
    ///
    /// Without a tuple the current local time is used.
    #[py("asctime(tuple=<unrepresentable>, /)", tuple)]
    fn asctime(vm: &Vm, tuple: Option<&Object>) -> Result<String> {
        let time = match tuple {
            Some(tuple) => checked(vm, from_tuple(vm, tuple, "asctime")?)?,
            None => local(vm, None)?,
        };
        Ok(as_text(&time))
    }

    /// Convert seconds since the Epoch to a string in local time, as asctime(localtime(seconds)) does.
    #[py("ctime(seconds=None, /)", notext, tuple)]
    fn ctime(vm: &Vm, seconds: Option<&Object>) -> Result<String> {
        Ok(as_text(&local(vm, seconds)?))
    }

    /// Parse a string to a time tuple according to a format specification.
    #[py("strptime(string, format='%a %b %d %H:%M:%S %Y', /)", notext, tuple)]
    fn strptime(vm: &Vm, string: &Object, format: Option<&Object>) -> Result<Object> {
        let parse = attr::getattr(vm, &vm.import("_strptime")?, &vm.intern("_strptime_time"))?;
        match format {
            Some(format) => call::call(vm, &parse, &[string.clone(), format.clone()]),
            None => call::call(vm, &parse, std::slice::from_ref(string)),
        }
    }

    /// Read the environment variable TZ again and set timezone, altzone, daylight and tzname accordingly.
    #[py("tzset()")]
    fn tzset(vm: &Vm) -> Result<()> {
        let module = vm.import("time")?;
        match module.cast::<Module>() {
            Some(module) => set_zone(vm, &module.dict()),
            None => Ok(()),
        }
    }

    /// Return the time of the given clock as a float.
    #[py("clock_gettime(clk_id, /)")]
    fn clock_gettime(vm: &Vm, clk_id: &Object) -> Result<f64> {
        Ok(seconds(clock(vm, clock_id(vm, clk_id)?)?))
    }

    /// Return the time of the given clock as nanoseconds.
    #[py("clock_gettime_ns(clk_id, /)")]
    fn clock_gettime_ns(vm: &Vm, clk_id: &Object) -> Result<i128> {
        Ok(nanoseconds(clock(vm, clock_id(vm, clk_id)?)?))
    }

    /// Return the resolution of the given clock in seconds.
    #[py("clock_getres(clk_id, /)", notext, tuple)]
    fn clock_getres(vm: &Vm, clk_id: i32) -> Result<f64> {
        Ok(seconds(host::time::clock_resolution(clk_id).map_err(|error| vm::exception::os_error(vm, &error, None))?))
    }

    fn set(vm: &Vm, clk_id: i32, nanos: i64) -> Result<()> {
        let time = host::time::Time::from_nanos(nanos.into());
        host::time::set_clock(clk_id, time).map_err(|error| vm::exception::os_error(vm, &error, None))
    }

    /// Set the time of the given clock, in seconds.
    #[py("clock_settime(clk_id, time, /)", notext, tuple)]
    fn clock_settime(vm: &Vm, clk_id: i32, time: &Object) -> Result<()> {
        set(vm, clk_id, vm::protocol::time::nanoseconds(vm, time, vm::protocol::time::Round::Down)?)
    }

    /// Set the time of the given clock, in nanoseconds.
    #[py("clock_settime_ns(clk_id, time, /)", notext, tuple)]
    fn clock_settime_ns(vm: &Vm, clk_id: i32, time: &Object) -> Result<()> {
        if !time.is_instance_of::<Int>() {
            bail!(vm, TypeError, "expect int, got {}", vm::object::type_of(time).short_name());
        }
        match Int::to_i64(time) {
            Some(nanos) => set(vm, clk_id, nanos),
            None => bail!(vm, OverflowError, "timestamp out of range for C PyTime_t"),
        }
    }

    /// Return the number of the clock that counts the CPU time of a thread.
    #[py("pthread_getcpuclockid(thread_id, /)", notext, tuple)]
    fn pthread_getcpuclockid(vm: &Vm, thread_id: &Object) -> Result<i32> {
        if !thread_id.is_instance_of::<Int>() {
            let given = vm::object::type_of(thread_id).short_name();
            bail!(vm, TypeError, "pthread_getcpuclockid() argument 1 must be int, not {given}");
        }
        let thread = Int::to_i64(thread_id).unwrap_or_default() as u64;
        host::time::thread_clock(thread).map_err(|error| vm::exception::os_error(vm, &error, None))
    }

    /// Tell about the clock behind a function: implementation, monotonic, adjustable and resolution.
    #[py("get_clock_info(name, /)", notext, tuple)]
    fn get_clock_info(vm: &Vm, name: String) -> Result<Object> {
        let (id, clock, adjustable) = match name.as_str() {
            "time" => (0, "CLOCK_REALTIME", true),
            "monotonic" | "perf_counter" => (1, "CLOCK_MONOTONIC", false),
            "process_time" => (PROCESS, "CLOCK_PROCESS_CPUTIME_ID", false),
            "thread_time" => (THREAD, "CLOCK_THREAD_CPUTIME_ID", false),
            _ => bail!(vm, ValueError, "unknown clock"),
        };
        let key = |name: &str| Str::new(name).into_object();
        vm::builtins::namespace::SimpleNamespace::make(
            vm,
            vec![
                (key("implementation"), key(&format!("clock_gettime({clock})"))),
                (key("monotonic"), (!adjustable).object()),
                (key("adjustable"), adjustable.object()),
                (key("resolution"), Float::from_f64(clock_getres(vm, id)?)),
            ],
        )
    }
}
