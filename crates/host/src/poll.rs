//! Waiting for descriptors: `poll`, `select`, `epoll`.

use crate::fd::{self, Fd};
use crate::time::Time;
use std::io;

/// One descriptor of [`poll`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PollFd {
    /// The descriptor; negative ones are passed over.
    pub fd: Fd,
    /// `POLL*` to wait for.
    pub events: i16,
    /// `POLL*` that came.
    pub revents: i16,
}

/// `poll(2)`: waits at most `timeout` milliseconds (negative: for ever); gives how many are ready.
pub fn poll(fds: &mut [PollFd], timeout: i32) -> io::Result<usize> {
    // The layout is that of `pollfd`.
    const { assert!(size_of::<PollFd>() == size_of::<libc::pollfd>()) };
    call!(libc::poll(fds.as_mut_ptr().cast(), fds.len() as libc::nfds_t, timeout)).map(|n| n as usize)
}

/// The descriptors that `select` can look at are below this.
pub const SELECT_MAX: Fd = libc::FD_SETSIZE as Fd;

/// What [`select`] found: the readable, the writable, the exceptional.
pub type Selected = (Vec<Fd>, Vec<Fd>, Vec<Fd>);

/// `select(2)`: the readable, writable and exceptional ones of three lists. `EINVAL` for a descriptor out of range.
pub fn select(read: &[Fd], write: &[Fd], except: &[Fd], timeout: Option<Time>) -> io::Result<Selected> {
    let lists = [read, write, except];
    let mut sets = [zeroed!(libc::fd_set); 3];
    let mut most = -1;
    for (list, set) in lists.iter().zip(&mut sets) {
        for fd in *list {
            if !(0..SELECT_MAX).contains(fd) {
                return Err(io::Error::from_raw_os_error(libc::EINVAL));
            }
            // SAFETY: the descriptor is within the set.
            unsafe { libc::FD_SET(*fd, set) };
            most = most.max(*fd);
        }
    }
    let mut timeout = timeout.map(Time::to_timeval);
    let pointer = timeout.as_mut().map_or(std::ptr::null_mut(), |timeout| &raw mut *timeout);
    let [mut r, mut w, mut x] = sets;
    call!(libc::select(most + 1, &mut r, &mut w, &mut x, pointer))?;
    let of = |list: &[Fd], set: &libc::fd_set| {
        // SAFETY: every descriptor was checked above.
        let is_set = |fd: &Fd| unsafe { libc::FD_ISSET(*fd, set) };
        list.iter().copied().filter(is_set).collect()
    };
    Ok((of(read, &r), of(write, &w), of(except, &x)))
}

/// `epoll_create1(2)`
pub fn epoll_create(flags: i32) -> io::Result<Fd> {
    call!(libc::epoll_create1(flags))
}

/// `epoll_ctl(2)`: `operation` is an `EPOLL_CTL_*`. The descriptor is what events are known by.
pub fn epoll_control(epoll: Fd, operation: i32, fd: Fd, events: u32) -> io::Result<()> {
    let mut event = libc::epoll_event { events, u64: fd as u64 };
    call!(libc::epoll_ctl(epoll, operation, fd, &mut event)).map(drop)
}

/// `epoll_wait(2)`: at most `most` pairs of descriptor and events; waits `timeout` milliseconds (negative: for ever).
pub fn epoll_wait(epoll: Fd, most: usize, timeout: i32) -> io::Result<Vec<(Fd, u32)>> {
    let mut events = Vec::new();
    let most = most.clamp(1, i32::MAX as usize);
    events.try_reserve_exact(most).map_err(|_| io::Error::from_raw_os_error(libc::ENOMEM))?;
    events.resize(most, libc::epoll_event { events: 0, u64: 0 });
    let got = call!(libc::epoll_wait(epoll, events.as_mut_ptr(), most as i32, timeout))? as usize;
    Ok(events[..got].iter().map(|event| (event.u64 as Fd, event.events)).collect())
}

/// `timerfd_create(2)`
pub fn timerfd_create(clock: i32, flags: i32) -> io::Result<Fd> {
    call!(libc::timerfd_create(clock, flags))
}

/// `timerfd_settime(2)`: gives what was left and the interval before.
pub fn timerfd_set(timer: Fd, flags: i32, value: Time, interval: Time) -> io::Result<(Time, Time)> {
    let new = libc::itimerspec { it_interval: interval.to_c(), it_value: value.to_c() };
    let mut old = zeroed!(libc::itimerspec);
    call!(libc::timerfd_settime(timer, flags, &new, &mut old))?;
    Ok((Time::from_c(old.it_value), Time::from_c(old.it_interval)))
}

/// `timerfd_gettime(2)`: what is left, and the interval.
pub fn timerfd_get(timer: Fd) -> io::Result<(Time, Time)> {
    let mut now = zeroed!(libc::itimerspec);
    call!(libc::timerfd_gettime(timer, &mut now))?;
    Ok((Time::from_c(now.it_value), Time::from_c(now.it_interval)))
}

/// Waits until one descriptor is readable (or writable); `false` when the time (milliseconds, negative: for ever) is over.
pub fn wait(fd: Fd, write: bool, timeout: i32) -> io::Result<bool> {
    let events = if write { libc::POLLOUT } else { libc::POLLIN };
    poll(&mut [PollFd { fd, events, revents: 0 }], timeout).map(|ready| ready > 0)
}

/// Closes an epoll or timer descriptor.
pub fn close(fd: Fd) -> io::Result<()> {
    fd::close(fd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three_see_a_pipe() {
        let (from, to) = fd::pipe(libc::O_CLOEXEC).unwrap();
        let zero = Some(Time::default());
        assert!(!wait(from, false, 0).unwrap() && wait(to, true, 0).unwrap());
        assert_eq!(select(&[from], &[to], &[], zero).unwrap(), (vec![], vec![to], vec![]));
        let epoll = epoll_create(libc::EPOLL_CLOEXEC).unwrap();
        epoll_control(epoll, libc::EPOLL_CTL_ADD, from, libc::EPOLLIN as u32).unwrap();
        assert!(epoll_wait(epoll, 4, 0).unwrap().is_empty());
        fd::write(to, b"x").unwrap();
        assert_eq!(epoll_wait(epoll, 4, -1).unwrap(), [(from, libc::EPOLLIN as u32)]);
        assert_eq!(select(&[from], &[], &[from], None).unwrap(), (vec![from], vec![], vec![]));
        fd::close(to).unwrap();
        let mut polled =
            [PollFd { fd: from, events: libc::POLLIN, revents: 0 }, PollFd { fd: -1, events: 1, revents: 0 }];
        assert_eq!(poll(&mut polled, 0).unwrap(), 1);
        assert_eq!(polled[0].revents, libc::POLLIN | libc::POLLHUP);
        assert!(select(&[SELECT_MAX], &[], &[], zero).is_err() && select(&[-1], &[], &[], zero).is_err());
        close(epoll).unwrap();
        fd::close(from).unwrap();
    }

    #[test]
    fn timers_fire() {
        let timer = timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC).unwrap();
        timerfd_set(timer, 0, Time { sec: 0, nsec: 1_000_000 }, Time::default()).unwrap();
        let mut count = [0; 8];
        assert_eq!(fd::read(timer, &mut count).unwrap(), 8);
        assert_eq!((u64::from_ne_bytes(count), timerfd_get(timer).unwrap()), (1, Default::default()));
        close(timer).unwrap();
    }
}
