//! Terminals.

use crate::fd::Fd;
use std::io;

/// What `tcgetattr(3)` gives and `tcsetattr(3)` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// Input modes.
    pub iflag: u32,
    /// Output modes.
    pub oflag: u32,
    /// Control modes.
    pub cflag: u32,
    /// Local modes.
    pub lflag: u32,
    /// Input speed, a `B*`.
    pub ispeed: u32,
    /// Output speed, a `B*`.
    pub ospeed: u32,
    /// Special characters, `NCCS` of them.
    pub cc: Vec<u8>,
}

/// `tcgetattr(3)`
pub fn attributes(fd: Fd) -> io::Result<Attributes> {
    let mut c = zeroed!(libc::termios);
    call!(libc::tcgetattr(fd, &mut c))?;
    Ok(Attributes {
        iflag: c.c_iflag,
        oflag: c.c_oflag,
        cflag: c.c_cflag,
        lflag: c.c_lflag,
        ispeed: get!(libc::cfgetispeed(&c)),
        ospeed: get!(libc::cfgetospeed(&c)),
        cc: c.c_cc.to_vec(),
    })
}

/// `tcsetattr(3)`; `when` is `TCSANOW`, `TCSADRAIN` or `TCSAFLUSH`.
pub fn set_attributes(fd: Fd, when: i32, attributes: &Attributes) -> io::Result<()> {
    let mut c = zeroed!(libc::termios);
    // What the structure has beyond these fields stays as it is.
    call!(libc::tcgetattr(fd, &mut c))?;
    (c.c_iflag, c.c_oflag, c.c_cflag, c.c_lflag) =
        (attributes.iflag, attributes.oflag, attributes.cflag, attributes.lflag);
    for (to, from) in c.c_cc.iter_mut().zip(&attributes.cc) {
        *to = *from;
    }
    call!(libc::cfsetispeed(&mut c, attributes.ispeed))?;
    call!(libc::cfsetospeed(&mut c, attributes.ospeed))?;
    call!(libc::tcsetattr(fd, when, &c)).map(drop)
}

/// `tcsendbreak(3)`
pub fn send_break(fd: Fd, duration: i32) -> io::Result<()> {
    call!(libc::tcsendbreak(fd, duration)).map(drop)
}

/// `tcdrain(3)`
pub fn drain(fd: Fd) -> io::Result<()> {
    call!(libc::tcdrain(fd)).map(drop)
}

/// `tcflush(3)`
pub fn flush(fd: Fd, queue: i32) -> io::Result<()> {
    call!(libc::tcflush(fd, queue)).map(drop)
}

/// `tcflow(3)`
pub fn flow(fd: Fd, action: i32) -> io::Result<()> {
    call!(libc::tcflow(fd, action)).map(drop)
}

/// Rows and columns.
pub fn window_size(fd: Fd) -> io::Result<(u16, u16)> {
    let mut size = zeroed!(libc::winsize);
    call!(libc::ioctl(fd, libc::TIOCGWINSZ, &mut size))?;
    Ok((size.ws_row, size.ws_col))
}

/// Sets rows and columns.
pub fn set_window_size(fd: Fd, rows: u16, columns: u16) -> io::Result<()> {
    let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    call!(libc::ioctl(fd, libc::TIOCSWINSZ, &size)).map(drop)
}

/// `ttyname_r(3)`
pub fn name(fd: Fd) -> io::Result<Vec<u8>> {
    let mut buffer = [0 as libc::c_char; 256];
    call0!(libc::ttyname_r(fd, buffer.as_mut_ptr(), buffer.len()))?;
    // SAFETY: the call wrote a C string within the buffer.
    Ok(unsafe { crate::call::copy_str(buffer.as_ptr()) }.unwrap_or_default())
}

/// `openpty(3)`: the controlling side and the terminal; both are inherited until the caller says otherwise.
pub fn open_pair() -> io::Result<(Fd, Fd)> {
    let (mut main, mut terminal) = (-1, -1);
    let none = std::ptr::null_mut();
    call!(libc::openpty(&mut main, &mut terminal, none, std::ptr::null_mut(), std::ptr::null_mut()))?;
    Ok((main, terminal))
}

/// `posix_openpt(3)`
pub fn open_main(flags: i32) -> io::Result<Fd> {
    call!(libc::posix_openpt(flags))
}

/// `grantpt(3)`
pub fn grant(fd: Fd) -> io::Result<()> {
    call!(libc::grantpt(fd)).map(drop)
}

/// `unlockpt(3)`
pub fn unlock(fd: Fd) -> io::Result<()> {
    call!(libc::unlockpt(fd)).map(drop)
}

/// `ptsname_r(3)`: the name of the terminal whose controlling side `fd` is.
pub fn terminal_of(fd: Fd) -> io::Result<Vec<u8>> {
    let mut buffer = [0 as libc::c_char; 256];
    call0!(libc::ptsname_r(fd, buffer.as_mut_ptr(), buffer.len()))?;
    // SAFETY: the call wrote a C string within the buffer.
    Ok(unsafe { crate::call::copy_str(buffer.as_ptr()) }.unwrap_or_default())
}

/// `login_tty(3)`
pub fn login(fd: Fd) -> io::Result<()> {
    call!(libc::login_tty(fd)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_of_our_own() {
        let (main, terminal) = open_pair().unwrap();
        assert!(crate::fd::is_tty(terminal));
        set_window_size(main, 30, 90).unwrap();
        assert_eq!(window_size(terminal).unwrap(), (30, 90));
        let mut attributes = super::attributes(terminal).unwrap();
        attributes.lflag &= !libc::ECHO;
        set_attributes(terminal, libc::TCSANOW, &attributes).unwrap();
        assert_eq!(super::attributes(terminal).unwrap(), attributes);
        assert!(name(terminal).unwrap().starts_with(b"/dev/"));
        crate::fd::close(terminal).unwrap();
        assert!(window_size(terminal).is_err());
        crate::fd::close(main).unwrap();
    }
}
