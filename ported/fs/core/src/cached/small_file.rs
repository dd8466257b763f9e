//! Whole small files.

use std::cell::RefCell;
use std::ffi::CStr;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd};

use node_error::SyscallError;

use super::found::FileSystem;
use super::seen::Name;
use super::{Cached, File, MOST, is_harmless, look_before_opening, look_up, open_now, set_flags};
use crate::syscall::retry;
use crate::whole_file::{SmallFile, Target, write_file};

/// What became of a [`read_small_file`].
#[derive(Debug)]
pub enum Attempt {
    /// It is done.
    Done(Result<SmallFile, SyscallError>),
    /// The file is open at its beginning, with `O_NONBLOCK` ([`wait_and_block`]), and not read.
    Opened(OwnedFd),
    /// Nothing was done.
    Nothing,
}

/// [`crate::read_small_file`]
pub fn read_small_file(path: &CStr, flags: i32, most: u64) -> Attempt {
    if !is_harmless(flags) {
        return Attempt::Nothing;
    }
    let name = Name::of(path);
    if !name.was_regular() {
        match look_before_opening(path, flags) {
            Some(Ok(())) => name.is_regular(true),
            Some(Err(error)) => return Attempt::Done(Err(error)),
            None => return Attempt::Nothing,
        }
    }
    match open_now(path, flags) {
        Some(Ok((fd, Some(file)))) => read(fd, &file, flags, most),
        Some(Ok((fd, None))) => {
            name.is_regular(false);
            Attempt::Opened(fd)
        }
        Some(Err(error)) => Attempt::Done(Err(error)),
        None => Attempt::Nothing,
    }
}

fn read(fd: OwnedFd, file: &File, flags: i32, most: u64) -> Attempt {
    let size = file.stat.size();
    if size > most {
        if flags & libc::O_NONBLOCK == 0 && !set_flags(&fd, flags) {
            return Attempt::Opened(fd);
        }
        return Attempt::Done(Ok(SmallFile::Open { fd: fd.into_raw_fd(), size }));
    }
    // A size of 0 may mean that the file has none.
    if size == 0 || size > MOST {
        return Attempt::Opened(fd);
    }
    let mut content = room(size as usize + 1);
    // At a position, so that the file stays at its beginning.
    match file.read(fd.as_raw_fd(), &mut content, 0) {
        Cached::Done(Ok(read)) if read < content.len() => {
            content.truncate(read);
            Attempt::Done(Ok(SmallFile::Content(content)))
        }
        // It grows, or has to be waited for.
        _ => Attempt::Opened(fd),
    }
}

/// [`crate::write_file`] to a small file that is there, on a file system that is nothing but memory. Errors of looking
/// and opening are left to the caller: where nothing is, a file may have to be made.
pub fn write_small_file(path: &CStr, flags: i32, content: &[u8]) -> Option<Result<(), SyscallError>> {
    const AT_ONCE: i32 = libc::O_CREAT | libc::O_TRUNC | libc::O_APPEND | libc::O_CLOEXEC;
    if flags & !AT_ONCE != libc::O_WRONLY || content.len() as u64 > MOST {
        return None;
    }
    let is_small_memory = |fd: &OwnedFd| {
        File::of(fd.as_raw_fd()).is_some_and(|file| {
            let is_short = flags & libc::O_TRUNC == 0 || file.stat.size() <= MOST;
            file.system == FileSystem::Memory && file.stat.is_regular() && file.stat.links() > 0 && is_short
        })
    };
    look_up(path, libc::O_PATH)?.ok().filter(is_small_memory)?;
    // The kernel truncates nothing that it only looks up, so that comes second, as far as watchers can tell.
    let opened = look_up(path, flags & libc::O_APPEND | libc::O_WRONLY | libc::O_NONBLOCK)?;
    // The name may stand for another file by now.
    let file = opened.ok().filter(is_small_memory)?;
    // SAFETY: a descriptor and a number.
    if flags & libc::O_TRUNC != 0 && unsafe { libc::ftruncate(file.as_raw_fd(), 0) } != 0 {
        return None;
    }
    let written = write_file(Target::Descriptor(file.as_raw_fd()), 0, 0, content);
    Some(written.and(crate::close(file.into_raw_fd())))
}

/// How many contents a thread keeps, and up to which size: allocators keep fewer, and slower.
const KEPT: usize = 64;
const LARGEST_KEPT: usize = 16 * 1024;

thread_local! {
    static KEPT_CONTENTS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// Memory for a file's content, with anything in it.
fn room(size: usize) -> Vec<u8> {
    let mut content = KEPT_CONTENTS.with_borrow_mut(Vec::pop).unwrap_or_default();
    content.resize(size, 0);
    content
}

/// Takes a content that is not needed any more, for this thread's next small files.
pub fn give_back(content: Vec<u8>) {
    if content.capacity() <= LARGEST_KEPT {
        KEPT_CONTENTS.with_borrow_mut(|kept| {
            if kept.len() < KEPT {
                kept.push(content);
            }
        });
    }
}

/// Makes of a descriptor of [`Attempt::Opened`] what an open that may wait would have made: a FIFO waits for its first
/// writer, and reads wait.
pub fn wait_and_block(fd: &OwnedFd, flags: i32) {
    if flags & libc::O_NONBLOCK != 0 {
        return;
    }
    // A regular file is always ready. A FIFO that never had a writer is not, and without one it would be at its end.
    let mut ready = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd. What it cannot wait for, reading says.
    let _ = retry(|| unsafe { libc::poll(&raw mut ready, 1, -1) });
    let _reads_say_so = set_flags(fd, flags);
}

#[cfg(test)]
mod tests {
    use std::ffi::CString;
    use std::fs;
    use std::io::Write;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    use super::*;
    use crate::whole_file::read_opened_file;

    fn c(path: &Path) -> CString {
        CString::new(path.as_os_str().as_bytes()).unwrap()
    }

    fn fifo(path: &CStr) {
        // SAFETY: the path is NUL-terminated.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    }

    #[test]
    fn small_files_are_read_and_larger_ones_left_open() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let at = folder.path().join("file");
        fs::write(&at, "content").unwrap();
        // The second time without a look before.
        for _ in 0..2 {
            let Attempt::Done(Ok(SmallFile::Content(content))) = read_small_file(&c(&at), 0, 7) else {
                panic!("a file in memory");
            };
            assert_eq!(content, b"content");
            let Attempt::Done(Ok(SmallFile::Open { fd, size: 7 })) = read_small_file(&c(&at), 0, 6) else {
                panic!("a larger file is left open");
            };
            // SAFETY: asks only.
            assert_eq!(unsafe { libc::fcntl(fd, libc::F_GETFL) } & libc::O_NONBLOCK, 0);
            crate::close(fd).unwrap();
        }
        fs::write(&at, "").unwrap();
        let Attempt::Opened(fd) = read_small_file(&c(&at), 0, 7) else { panic!("it may have no size") };
        wait_and_block(&fd, 0);
        assert_eq!(read_opened_file(fd, &c(&at), 7), Ok(SmallFile::Content(Vec::new())));
        fs::remove_file(&at).unwrap();
        // Whether what is gone is remembered is the file system's choice.
        match read_small_file(&c(&at), 0, 7) {
            Attempt::Done(Err(error)) => assert_eq!((error.errno, error.syscall), (libc::ENOENT, "open")),
            attempt => assert!(matches!(attempt, Attempt::Nothing)),
        }
    }

    #[test]
    fn a_file_in_memory_is_written_at_once() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let at = folder.path().join("file");
        let write =
            |flags, content: &str| write_small_file(&c(&at), flags | libc::O_WRONLY, content.as_bytes());
        let (replace, append) = (libc::O_CREAT | libc::O_TRUNC, libc::O_CREAT | libc::O_APPEND);
        assert_eq!(write(replace, "made elsewhere"), None);
        fs::write(&at, "before").unwrap();
        for (flags, content, whole) in
            [(replace, "new", "new"), (append, "er", "newer"), (0, "f", "fewer"), (replace, "", "")]
        {
            assert_eq!(write(flags, content), Some(Ok(())));
            assert_eq!(fs::read_to_string(&at).unwrap(), whole);
        }
        assert_eq!(write(replace | libc::O_EXCL, "x"), None);
        assert_eq!(write(libc::O_SYNC, "x"), None);
        assert_eq!(write(replace, &"x".repeat(MOST as usize + 1)), None);
        fs::write(&at, "x".repeat(MOST as usize + 1)).unwrap();
        assert_eq!(write(replace, "x"), None, "there is much to free");
        assert_eq!(fs::metadata(&at).unwrap().len(), MOST + 1);
        let pipe = c(&folder.path().join("fifo"));
        fifo(&pipe);
        for path in [&pipe, c"/dev/null", &c(folder.path())] {
            assert_eq!(write_small_file(path, libc::O_WRONLY, b"x"), None, "{path:?}");
        }
    }

    #[test]
    fn only_a_regular_file_is_opened_unseen() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let path = c(&folder.path().join("fifo"));
        fifo(&path);
        for _ in 0..2 {
            assert!(matches!(read_small_file(&path, 0, 10), Attempt::Nothing));
        }
        assert!(matches!(read_small_file(c"/dev/null", 0, 10), Attempt::Nothing));
        assert!(matches!(read_small_file(c"/proc/self/stat", 0, 10), Attempt::Nothing));
    }

    #[test]
    fn a_name_that_has_become_a_fifo_is_read_as_one() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let at = folder.path().join("was-a-file");
        fs::write(&at, "content").unwrap();
        assert!(matches!(read_small_file(&c(&at), 0, 10), Attempt::Done(Ok(_))));
        fs::remove_file(&at).unwrap();
        fifo(&c(&at));
        let Attempt::Opened(fd) = read_small_file(&c(&at), 0, 10) else { panic!("opened, and not read") };
        assert!(matches!(read_small_file(&c(&at), 0, 10), Attempt::Nothing), "it is known now");
        let writer = std::thread::spawn(move || {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let mut writer = fs::OpenOptions::new().write(true).open(at).unwrap();
            writer.write_all(b"from the writer").unwrap();
        });
        wait_and_block(&fd, 0);
        let content = read_opened_file(fd, c"fifo", 100);
        writer.join().unwrap();
        assert_eq!(content, Ok(SmallFile::Content(b"from the writer".to_vec())));
    }

    #[test]
    fn a_name_that_has_become_a_directory_fails_as_one() {
        let folder = tempfile::tempdir_in("/dev/shm").unwrap();
        let at = folder.path().join("was-a-file");
        fs::write(&at, "content").unwrap();
        assert!(matches!(read_small_file(&c(&at), 0, 10), Attempt::Done(Ok(_))));
        fs::remove_file(&at).unwrap();
        fs::create_dir(&at).unwrap();
        let Attempt::Opened(fd) = read_small_file(&c(&at), 0, 10) else { panic!("opened, and not read") };
        wait_and_block(&fd, 0);
        let error = read_opened_file(fd, &c(&at), 100).unwrap_err();
        assert_eq!(
            (error.errno, error.syscall, error.path.as_deref()),
            (libc::EISDIR, "read", Some(at.as_path()))
        );
    }
}
