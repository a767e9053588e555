//! The proleptic Gregorian calendar, the clock of the machine's zone, and the ranges of fields.

use vm::prelude::*;

pub const MIN_YEAR: i32 = 1;
pub const MAX_YEAR: i32 = 9999;
pub const MAX_ORDINAL: i32 = 3_652_059;
/// The ordinal of 1970-01-01, and the seconds to it.
const EPOCH_ORDINAL: i64 = 719_163;
pub const EPOCH: i64 = EPOCH_ORDINAL * 86400;
const DAY: i64 = 24 * 3600;

const DAYS_IN_MONTH: [i32; 13] = [0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const DAYS_BEFORE_MONTH: [i32; 13] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

pub const DAY_NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
pub const MONTH_NAMES: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// `month` is 1 to 12.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    if month == 2 && is_leap(year) { 29 } else { DAYS_IN_MONTH[month as usize] }
}

pub fn days_before_month(year: i32, month: i32) -> i32 {
    DAYS_BEFORE_MONTH[month as usize] + i32::from(month > 2 && is_leap(year))
}

pub fn days_before_year(year: i32) -> i32 {
    let y = year - 1;
    y * 365 + y / 4 - y / 100 + y / 400
}

/// Day 1 is 0001-01-01.
pub fn ordinal(year: i32, month: i32, day: i32) -> i32 {
    days_before_year(year) + days_before_month(year, month) + day
}

/// Year, month and day of an ordinal from 1 on.
pub fn from_ordinal(ordinal: i32) -> (i32, i32, i32) {
    const IN_400: i32 = 146_097;
    const IN_100: i32 = 36_524;
    const IN_4: i32 = 1461;
    let mut n = ordinal - 1;
    let mut year = n / IN_400 * 400 + 1;
    n %= IN_400;
    let centuries = n / IN_100;
    n %= IN_100;
    let fours = n / IN_4;
    n %= IN_4;
    let years = n / 365;
    n %= 365;
    year += centuries * 100 + fours * 4 + years;
    if years == 4 || centuries == 4 {
        return (year - 1, 12, 31);
    }
    let mut month = (n + 50) >> 5;
    if days_before_month(year, month) > n {
        month -= 1;
    }
    (year, month, n - days_before_month(year, month) + 1)
}

/// 0 is Monday.
pub fn weekday(year: i32, month: i32, day: i32) -> i32 {
    (ordinal(year, month, day) + 6) % 7
}

/// The ordinal of the Monday of the year's ISO week 1.
pub fn first_monday(year: i32) -> i32 {
    let first = ordinal(year, 1, 1);
    let first_weekday = (first + 6) % 7;
    let monday = first - first_weekday;
    if first_weekday > 3 { monday + 7 } else { monday }
}

/// ISO year, week and weekday.
pub fn iso_calendar(year: i32, month: i32, day: i32) -> (i32, i32, i32) {
    let mut year = year;
    let today = ordinal(year, month, day);
    let mut week = (today - first_monday(year)).div_euclid(7);
    let weekday = (today - first_monday(year)).rem_euclid(7);
    if week < 0 {
        year -= 1;
        week = (today - first_monday(year)).div_euclid(7);
    } else if week >= 52 && today >= first_monday(year + 1) {
        year += 1;
        week = 0;
    }
    (year, week + 1, weekday + 1)
}

/// Why an ISO date does not exist.
pub enum IsoTrouble {
    Year,
    Week,
    Weekday,
}

/// The date of an ISO year, week and weekday; it may lie outside the years that a date has.
pub fn from_iso(year: i32, week: i32, day: i32) -> Result<(i32, i32, i32), IsoTrouble> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        return Err(IsoTrouble::Year);
    }
    if !(1..53).contains(&week) {
        // Week 53 where the year starts or, in a leap year, would start on a Thursday.
        let first = weekday(year, 1, 1);
        if week != 53 || !(first == 3 || (first == 2 && is_leap(year))) {
            return Err(IsoTrouble::Week);
        }
    }
    if !(1..8).contains(&day) {
        return Err(IsoTrouble::Weekday);
    }
    let ordinal = first_monday(year) + (week - 1) * 7 + day - 1;
    Ok(if ordinal < 1 { (0, 12, 31) } else { from_ordinal(ordinal) })
}

pub fn check_date(vm: &Vm, year: i32, month: i32, day: i32) -> Result<()> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&year) {
        bail!(vm, ValueError, "year must be in {MIN_YEAR}..{MAX_YEAR}, not {year}");
    }
    if !(1..=12).contains(&month) {
        bail!(vm, ValueError, "month must be in 1..12, not {month}");
    }
    let most = days_in_month(year, month);
    if !(1..=most).contains(&day) {
        bail!(vm, ValueError, "day {day} must be in range 1..{most} for month {month} in year {year}");
    }
    Ok(())
}

pub fn check_time(vm: &Vm, hour: i32, minute: i32, second: i32, us: i32, fold: i32) -> Result<()> {
    if !(0..24).contains(&hour) {
        bail!(vm, ValueError, "hour must be in 0..23, not {hour}");
    }
    if !(0..60).contains(&minute) {
        bail!(vm, ValueError, "minute must be in 0..59, not {minute}");
    }
    if !(0..60).contains(&second) {
        bail!(vm, ValueError, "second must be in 0..59, not {second}");
    }
    if !(0..1_000_000).contains(&us) {
        bail!(vm, ValueError, "microsecond must be in 0..999999, not {us}");
    }
    if !(0..2).contains(&fold) {
        bail!(vm, ValueError, "fold must be either 0 or 1, not {fold}");
    }
    Ok(())
}

/// Seconds since the day before 0001-01-01, as all computing with the clock here counts; checks the year.
pub fn seconds(vm: &Vm, date: (i32, i32, i32), time: (i32, i32, i32)) -> Result<i64> {
    if !(MIN_YEAR..=MAX_YEAR).contains(&date.0) {
        bail!(vm, ValueError, "year must be in {MIN_YEAR}..{MAX_YEAR}, not {}", date.0);
    }
    let days = i64::from(ordinal(date.0, date.1, date.2));
    Ok(((days * 24 + i64::from(time.0)) * 60 + i64::from(time.1)) * 60 + i64::from(time.2))
}

/// The machine's local time at `u`, counted alike.
pub fn local(vm: &Vm, u: i64) -> Result<i64> {
    let broken = host::time::local(u - EPOCH).map_err(|error| vm::exception::os_error(vm, &error, None))?;
    seconds(vm, (broken.year + 1900, broken.mon + 1, broken.mday), (broken.hour, broken.min, broken.sec))
}

/// The inverse of [`local`]: `fold` decides where a local time comes twice or never.
pub fn from_local(vm: &Vm, t: i64, fold: bool) -> Result<i64> {
    let a = local(vm, t)? - t;
    let first = t - a;
    let first_local = local(vm, first)?;
    let b = if first_local == t {
        // Found one; is there another, a day to the side?
        let probe = if fold { first + DAY } else { first - DAY };
        let b = local(vm, probe)? - probe;
        if a == b {
            return Ok(first);
        }
        b
    } else {
        first_local - first
    };
    let second = t - b;
    if local(vm, second)? == t {
        return Ok(second);
    }
    if first_local == t {
        return Ok(first);
    }
    Ok(if fold { first.min(second) } else { first.max(second) })
}

/// A time from the C library, with fold.
pub struct Moment {
    pub date: (i32, i32, i32),
    pub time: (i32, i32, i32),
    pub fold: bool,
}

/// The fields at a POSIX time, in the machine's zone or in UTC.
pub fn moment(vm: &Vm, timestamp: i64, in_zone: bool) -> Result<Moment> {
    let broken = if in_zone { host::time::local(timestamp) } else { host::time::utc(timestamp) };
    let broken = broken.map_err(|error| vm::exception::os_error(vm, &error, None))?;
    let date = (broken.year.saturating_add(1900), broken.mon + 1, broken.mday);
    // A leap second counts as the second before it.
    let time = (broken.hour, broken.min, broken.sec.min(59));
    let mut fold = false;
    if in_zone {
        let here = seconds(vm, date, time)?;
        // Only dates that localtime surely knows are probed.
        if timestamp + EPOCH - DAY > DAY {
            let probe = local(vm, EPOCH + timestamp - DAY)?;
            let transition = here - probe - DAY;
            fold = transition < 0 && local(vm, EPOCH + timestamp + transition)? == here;
        }
    }
    Ok(Moment { date, time, fold })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinals() {
        for n in (1..MAX_ORDINAL).step_by(37).chain([MAX_ORDINAL, 146_097, 146_098, 36_524, 1461, 366]) {
            let (y, m, d) = from_ordinal(n);
            assert_eq!(ordinal(y, m, d), n);
            assert!((1..=days_in_month(y, m)).contains(&d));
        }
        assert_eq!(from_ordinal(MAX_ORDINAL), (9999, 12, 31));
        assert_eq!(iso_calendar(2021, 1, 3), (2020, 53, 7));
        assert!(from_iso(2021, 53, 1).is_err());
    }
}
