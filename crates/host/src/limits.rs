//! What a process may use, and has used.

use crate::process::Pid;
use crate::time::Time;
use std::io;

/// What `getrusage(2)` says.
#[derive(Clone, Copy, Debug, Default)]
#[expect(missing_docs, reason = "the names are C's without ru_")]
pub struct Usage {
    pub utime: Time,
    pub stime: Time,
    pub maxrss: i64,
    pub ixrss: i64,
    pub idrss: i64,
    pub isrss: i64,
    pub minflt: i64,
    pub majflt: i64,
    pub nswap: i64,
    pub inblock: i64,
    pub oublock: i64,
    pub msgsnd: i64,
    pub msgrcv: i64,
    pub nsignals: i64,
    pub nvcsw: i64,
    pub nivcsw: i64,
}

impl Usage {
    pub(crate) fn from_c(c: &libc::rusage) -> Usage {
        Usage {
            utime: Time::from_timeval(c.ru_utime),
            stime: Time::from_timeval(c.ru_stime),
            maxrss: c.ru_maxrss,
            ixrss: c.ru_ixrss,
            idrss: c.ru_idrss,
            isrss: c.ru_isrss,
            minflt: c.ru_minflt,
            majflt: c.ru_majflt,
            nswap: c.ru_nswap,
            inblock: c.ru_inblock,
            oublock: c.ru_oublock,
            msgsnd: c.ru_msgsnd,
            msgrcv: c.ru_msgrcv,
            nsignals: c.ru_nsignals,
            nvcsw: c.ru_nvcsw,
            nivcsw: c.ru_nivcsw,
        }
    }
}

/// `getrusage(2)`; `who` is a `RUSAGE_*`.
pub fn usage(who: i32) -> io::Result<Usage> {
    let mut c = zeroed!(libc::rusage);
    call!(libc::getrusage(who, &mut c))?;
    Ok(Usage::from_c(&c))
}

/// No limit.
pub const INFINITY: u64 = libc::RLIM_INFINITY;

/// `getrlimit(2)`: soft and hard limit; `resource` is a `RLIMIT_*`.
pub fn limit(resource: i32) -> io::Result<(u64, u64)> {
    let mut c = zeroed!(libc::rlimit);
    call!(libc::getrlimit(resource as _, &mut c))?;
    Ok((c.rlim_cur, c.rlim_max))
}

/// `setrlimit(2)`
pub fn set_limit(resource: i32, soft: u64, hard: u64) -> io::Result<()> {
    let c = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    call!(libc::setrlimit(resource as _, &c)).map(drop)
}

/// `prlimit(2)`: the limits of a process before, and what they become if `new` is given.
pub fn process_limit(pid: Pid, resource: i32, new: Option<(u64, u64)>) -> io::Result<(u64, u64)> {
    let new = new.map(|(soft, hard)| libc::rlimit { rlim_cur: soft, rlim_max: hard });
    let pointer = new.as_ref().map_or(std::ptr::null(), |new| &raw const *new);
    let mut old = zeroed!(libc::rlimit);
    call!(libc::prlimit(pid, resource as _, pointer, &mut old))?;
    Ok((old.rlim_cur, old.rlim_max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_what_they_were_set_to() {
        let (soft, hard) = limit(libc::RLIMIT_CORE as i32).unwrap();
        set_limit(libc::RLIMIT_CORE as i32, 0, hard).unwrap();
        assert_eq!(process_limit(0, libc::RLIMIT_CORE as i32, Some((soft, hard))).unwrap(), (0, hard));
        assert_eq!(limit(libc::RLIMIT_CORE as i32).unwrap(), (soft, hard));
        assert!(limit(1000).is_err() && usage(libc::RUSAGE_SELF).unwrap().maxrss > 0);
    }
}
