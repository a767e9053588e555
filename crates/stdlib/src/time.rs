//! `time`.

use std::ffi::CString;
use vm::builtins::structseq::{Field as Table, StructSeq};
use vm::prelude::*;
use vm::protocol::number;

static STRUCT_TIME: Table = Table {
    name: "struct_time",
    module: "time",
    doc: "The time value as returned by gmtime(), localtime(), and strptime(), and\naccepted by asctime(), mktime() and strftime().  May be considered as a\nsequence of 9 integers.",
    fields: &[
        ("tm_year", "year, for example, 1993"), ("tm_mon", "month of year, range [1, 12]"), ("tm_mday", "day of month, range [1, 31]"),
        ("tm_hour", "hours, range [0, 23]"), ("tm_min", "minutes, range [0, 59]"), ("tm_sec", "seconds, range [0, 61])"),
        ("tm_wday", "day of week, range [0, 6], Monday is 0"), ("tm_yday", "day of year, range [1, 366]"),
        ("tm_isdst", "1 if summer time is in effect, 0 if not, and -1 if unknown"), ("tm_zone", "abbreviation of timezone name"),
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
    StructSeq::make(vm, &STRUCT_TIME, vec![
        int(i64::from(time.year) + 1900), int(i64::from(time.mon) + 1), int(time.mday.into()), int(time.hour.into()), int(time.min.into()),
        int(time.sec.into()), int(i64::from(time.wday + 6) % 7), int(i64::from(time.yday) + 1), int(time.isdst.into()), zone, int(time.gmtoff),
    ])
}

fn when(vm: &Vm, secs: Option<&Object>) -> Result<i64> {
    match secs {
        None => Ok(host::time::now().sec),
        Some(secs) => match Float::value_of(secs) {
            Some(value) if value.is_nan() => Err(raise!(vm, ValueError, "Invalid value NaN (not a number)")),
            Some(value) if value.abs() < 1e18 => Ok(value.floor() as i64),
            Some(_) => Err(raise!(vm, OverflowError, "timestamp out of range for platform time_t")),
            None => Ok(number::as_ssize(vm, secs, Some(&vm::exception::types::OverflowError))? as i64),
        },
    }
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
        for (name, id) in [("CLOCK_REALTIME", 0), ("CLOCK_MONOTONIC", 1), ("CLOCK_PROCESS_CPUTIME_ID", 2), ("CLOCK_THREAD_CPUTIME_ID", 3)] {
            dict.set_str(vm, name, Object::int32(id))?;
        }
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

    /// Delay execution for a given number of seconds.
    ///
    /// The argument may be a floating-point number for subsecond precision.
    #[py("sleep(seconds, /)")]
    fn sleep(vm: &Vm, seconds: &Object) -> Result<()> {
        let nanos = vm::protocol::time::nanoseconds(vm, seconds, vm::protocol::time::Round::Up)?;
        if nanos < 0 {
            bail!(vm, ValueError, "sleep length must be non-negative");
        }
        let until = host::time::Time::from_nanos(host::time::monotonic().nanos() + i128::from(nanos));
        vm.blocking_call(|| host::time::sleep_until(until))?;
        Ok(())
    }

    /// Convert seconds since the Epoch to a time tuple expressing UTC (a.k.a. GMT).
    #[py("gmtime(seconds=None, /)")]
    fn gmtime(vm: &Vm, seconds: Option<&Object>) -> Result<Object> {
        let time = host::time::utc(when(vm, seconds)?).map_err(|error| vm::exception::os_error(vm, &error, None))?;
        broken(vm, &time)
    }

    /// Convert seconds since the Epoch to a time tuple expressing local time.
    #[py("localtime(seconds=None, /)")]
    fn localtime(vm: &Vm, seconds: Option<&Object>) -> Result<Object> {
        let time = host::time::local(when(vm, seconds)?).map_err(|error| vm::exception::os_error(vm, &error, None))?;
        broken(vm, &time)
    }

    fn from_tuple(vm: &Vm, tuple: &Object) -> Result<host::time::Broken> {
        let Some(tuple) = tuple.cast::<Tuple>() else { bail!(vm, TypeError, "Tuple or struct_time argument required") };
        if tuple.len() != 9 {
            bail!(vm, TypeError, "function takes exactly 9 arguments ({} given)", tuple.len());
        }
        let mut n = [0i32; 9];
        for (slot, item) in n.iter_mut().zip(tuple.items()) {
            *slot = i32::try_from(number::as_ssize(vm, item, None)?).map_err(|_| raise!(vm, OverflowError, "signed integer is greater than maximum"))?;
        }
        Ok(host::time::Broken {
            year: n[0] - 1900, mon: n[1] - 1, mday: n[2], hour: n[3], min: n[4], sec: n[5], wday: (n[6] + 1) % 7, yday: n[7] - 1, isdst: n[8],
            ..Default::default()
        })
    }

    /// Convert a time tuple in local time to seconds since the Epoch.
    #[py("mktime(tuple, /)")]
    fn mktime(vm: &Vm, tuple: &Object) -> Result<f64> {
        let time = from_tuple(vm, tuple)?;
        host::time::from_local(&time).map(|s| s as f64).ok_or_else(|| raise!(vm, OverflowError, "mktime argument out of range"))
    }

    /// Convert a time tuple to a string according to a format specification.
    #[py("strftime(format, time_tuple=<unrepresentable>, /)")]
    fn strftime(vm: &Vm, format: String, time_tuple: Option<&Object>) -> Result<String> {
        let time = match time_tuple {
            Some(tuple) => from_tuple(vm, tuple)?,
            None => host::time::local(host::time::now().sec).map_err(|error| vm::exception::os_error(vm, &error, None))?,
        };
        let Ok(format) = CString::new(format) else { bail!(vm, ValueError, "embedded null character") };
        Ok(String::from_utf8_lossy(&host::time::format(&format, &time)).into_owned())
    }
}
