//! Clocks, sleeping, and the calendar of the C library.

use std::ffi::CStr;
use std::io;

/// Seconds and nanoseconds (0 to 999 999 999), of a clock or of a duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Whole seconds, rounded down.
    pub sec: i64,
    /// The rest.
    pub nsec: i64,
}

impl Time {
    /// From nanoseconds.
    pub const fn from_nanos(nanos: i128) -> Time {
        Time { sec: nanos.div_euclid(1_000_000_000) as i64, nsec: nanos.rem_euclid(1_000_000_000) as i64 }
    }

    /// As nanoseconds.
    pub const fn nanos(self) -> i128 {
        self.sec as i128 * 1_000_000_000 + self.nsec as i128
    }

    /// The moment on the monotonic clock that is so many nanoseconds from now.
    pub fn after(nanos: i64) -> Time {
        Time::from_nanos(monotonic().nanos() + nanos as i128)
    }

    pub(crate) fn to_c(self) -> libc::timespec {
        libc::timespec { tv_sec: self.sec, tv_nsec: self.nsec }
    }

    pub(crate) fn from_c(time: libc::timespec) -> Time {
        Time { sec: time.tv_sec, nsec: time.tv_nsec }
    }

    pub(crate) fn to_timeval(self) -> libc::timeval {
        libc::timeval { tv_sec: self.sec, tv_usec: self.nsec / 1000 }
    }

    pub(crate) fn from_timeval(time: libc::timeval) -> Time {
        Time { sec: time.tv_sec, nsec: time.tv_usec * 1000 }
    }
}

/// `clock_gettime(2)`; `clock` is a `CLOCK_*`.
pub fn clock(clock: i32) -> io::Result<Time> {
    let mut time = zeroed!(libc::timespec);
    call!(libc::clock_gettime(clock, &mut time))?;
    Ok(Time::from_c(time))
}

/// `clock_getres(2)`
pub fn clock_resolution(clock: i32) -> io::Result<Time> {
    let mut time = zeroed!(libc::timespec);
    call!(libc::clock_getres(clock, &mut time))?;
    Ok(Time::from_c(time))
}

/// `clock_settime(2)`
pub fn set_clock(clock: i32, time: Time) -> io::Result<()> {
    let time = time.to_c();
    call!(libc::clock_settime(clock, &time)).map(drop)
}

/// The wall clock.
pub fn now() -> Time {
    clock(libc::CLOCK_REALTIME).unwrap_or_default()
}

/// The clock that never goes back.
pub fn monotonic() -> Time {
    clock(libc::CLOCK_MONOTONIC).unwrap_or_default()
}

/// The clock of a thread's CPU time; `thread` as [`crate::thread::id`] names it, `ESRCH` if it is none of ours.
pub fn thread_clock(thread: u64) -> io::Result<i32> {
    // How Linux numbers such clocks: the complement of the thread's number, and a tag.
    let tid = crate::thread::native_of(thread).ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
    Ok(!tid << 3 | 6)
}

/// Sleeps until the monotonic clock shows `time`. A signal ends it early with `Interrupted`.
pub fn sleep_until(time: Time) -> io::Result<()> {
    let time = time.to_c();
    let none = std::ptr::null_mut();
    call0!(libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &time, none))
}

/// Local time or UTC as the C library breaks it down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broken {
    /// 0 to 60
    pub sec: i32,
    /// 0 to 59
    pub min: i32,
    /// 0 to 23
    pub hour: i32,
    /// Day of the month, 1 to 31
    pub mday: i32,
    /// Month, 0 to 11
    pub mon: i32,
    /// Year minus 1900
    pub year: i32,
    /// Day of the week, 0 is Sunday
    pub wday: i32,
    /// Day of the year, 0 to 365
    pub yday: i32,
    /// Daylight saving: yes, no, unknown (negative)
    pub isdst: i32,
    /// Seconds east of UTC
    pub gmtoff: i64,
    /// The zone's abbreviation
    pub zone: Vec<u8>,
}

impl Broken {
    fn from_c(tm: &libc::tm) -> Broken {
        Broken {
            sec: tm.tm_sec,
            min: tm.tm_min,
            hour: tm.tm_hour,
            mday: tm.tm_mday,
            mon: tm.tm_mon,
            year: tm.tm_year,
            wday: tm.tm_wday,
            yday: tm.tm_yday,
            isdst: tm.tm_isdst,
            gmtoff: tm.tm_gmtoff,
            // SAFETY: I3; the C library keeps the names of zones.
            zone: unsafe { crate::call::copy_str(tm.tm_zone) }.unwrap_or_default(),
        }
    }

    /// `zone` must outlive the result's use.
    fn to_c(&self, zone: &CStr) -> libc::tm {
        let mut tm = zeroed!(libc::tm);
        (tm.tm_sec, tm.tm_min, tm.tm_hour) = (self.sec, self.min, self.hour);
        (tm.tm_mday, tm.tm_mon, tm.tm_year) = (self.mday, self.mon, self.year);
        (tm.tm_wday, tm.tm_yday, tm.tm_isdst) = (self.wday, self.yday, self.isdst);
        (tm.tm_gmtoff, tm.tm_zone) = (self.gmtoff, zone.as_ptr().cast_mut());
        tm
    }
}

/// `localtime_r(3)`; fails with `EOVERFLOW` on a year that does not fit.
pub fn local(sec: i64) -> io::Result<Broken> {
    let mut tm = zeroed!(libc::tm);
    if get!(libc::localtime_r(&sec, &mut tm)).is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(Broken::from_c(&tm))
}

/// `gmtime_r(3)`
pub fn utc(sec: i64) -> io::Result<Broken> {
    let mut tm = zeroed!(libc::tm);
    if get!(libc::gmtime_r(&sec, &mut tm)).is_null() {
        return Err(io::Error::last_os_error());
    }
    Ok(Broken::from_c(&tm))
}

/// `mktime(3)`; `None` if there is no such time. Out-of-range fields carry over.
pub fn from_local(broken: &Broken) -> Option<i64> {
    let mut tm = broken.to_c(c"");
    // −1 is also a time: `tm_wday` tells whether the call did anything.
    tm.tm_wday = -1;
    let sec = get!(libc::mktime(&mut tm));
    (sec != -1 || tm.tm_wday != -1).then_some(sec)
}

/// `strftime(3)` in the process's locale. The caller has checked that the fields are in range.
pub fn format(format: &CStr, broken: &Broken) -> Vec<u8> {
    let zone = std::ffi::CString::new(broken.zone.clone()).unwrap_or_default();
    let tm = broken.to_c(&zone);
    if format.is_empty() {
        return Vec::new();
    }
    let mut buffer = vec![0u8; 256];
    loop {
        let (pointer, len) = (buffer.as_mut_ptr().cast(), buffer.len());
        let got = get!(libc::strftime(pointer, len, format.as_ptr(), &tm));
        // 0 is too small a buffer, or an empty result (`%p` in some locales).
        if got > 0 || len >= 256 * (format.count_bytes() + 1) {
            buffer.truncate(got);
            return buffer;
        }
        buffer.resize(len * 2, 0);
    }
}

unsafe extern "C" {
    fn tzset();
}

/// `tzset(3)`: reads `TZ` again.
pub fn read_zone() {
    // SAFETY: reads the environment, as every call of this module does; see `env`.
    unsafe { tzset() };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calendar() {
        let time = utc(951_826_096).unwrap();
        assert_eq!((time.year, time.mon, time.mday, time.hour, time.min, time.sec), (100, 1, 29, 12, 8, 16));
        assert_eq!((time.wday, time.yday, time.isdst, time.gmtoff), (2, 59, 0, 0));
        assert_eq!(format(c"%Y-%m-%d %H:%M:%S %%", &time), b"2000-02-29 12:08:16 %");
        assert_eq!(format(c"", &time), b"");
        let here = local(951_826_096).unwrap();
        assert_eq!(from_local(&here), Some(951_826_096));
        assert_eq!(utc(i64::MAX).unwrap_err().raw_os_error(), Some(libc::EOVERFLOW));
    }

    #[test]
    fn clocks_go_on() {
        let start = monotonic();
        sleep_until(Time::from_nanos(start.nanos() + 2_000_000)).unwrap();
        assert!(monotonic().nanos() - start.nanos() >= 2_000_000);
        assert!(clock_resolution(libc::CLOCK_MONOTONIC).unwrap().nanos() > 0);
        assert!(clock(thread_clock(crate::thread::id()).unwrap()).is_ok());
        assert_eq!(Time::from_nanos(-1), Time { sec: -1, nsec: 999_999_999 });
        assert!(clock(12345).is_err());
    }
}
