//! The program at a terminal that a test types at.
#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use super::{TestProject, eventually, text};

/// The program on a terminal of its own.
pub struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<Mutex<String>>,
}

impl Terminal {
    pub fn start(project: &TestProject, args: &[&str]) -> Self {
        let pty = native_pty_system().openpty(PtySize { rows: 40, cols: 100, ..PtySize::default() }).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gennaker"));
        command.args(args);
        command.cwd(project.path());
        command.env_clear();
        for (name, value) in [("HOME", project.path().to_str().unwrap()), ("USER", "tester"), ("TERM", "xterm")] {
            command.env(name, value);
        }
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let keyboard = pty.master.take_writer().unwrap();
        let mut reader = pty.master.try_clone_reader().unwrap();
        let screen = Arc::new(Mutex::new(String::new()));
        let shown = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            // The master is kept open by the reader; the end comes when the program's side is closed.
            let _master = pty.master;
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap().push_str(&text(&bytes[..count]));
            }
        });
        Self { child, keyboard, screen }
    }

    pub fn sees(&self, wanted: &str) {
        eventually(wanted, || self.screen.lock().unwrap().contains(wanted));
    }

    pub fn types(&mut self, line: &str) {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    pub fn ends_with(mut self, code: u32) {
        let status = self.child.wait().unwrap();
        assert_eq!(status.exit_code(), code, "{}", self.screen.lock().unwrap());
    }
}
