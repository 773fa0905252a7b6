//! Starts the real servers of the tests, and ends them.
#![allow(dead_code, reason = "every test binary uses its own part of this")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server process; killed when it is dropped.
pub struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Files it lives on.
    folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("gennaker-server-").tempdir().unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// moto's program; MiniStack, boto3 and their Python lie beside it.
fn moto_program() -> PathBuf {
    std::env::var("GENNAKER_MOTO")
        .map(PathBuf::from)
        .unwrap_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/moto/bin/moto_server"))
}

/// Runs a script in the Python that boto3 is installed in, and gives back what it prints.
pub fn boto3(script: &str) -> String {
    let python = moto_program().with_file_name("python");
    let output = Command::new(python).arg("-c").arg(script).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

impl Server {
    /// The folder of its files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A server that chose its port itself and prints it.
    pub fn script(name: &str, arguments: impl FnOnce(&Path) -> Vec<String>) -> Self {
        Self::python(Path::new("python3"), name, arguments)
    }

    fn python(python: &Path, name: &str, arguments: impl FnOnce(&Path) -> Vec<String>) -> Self {
        let folder = folder();
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/servers").join(name);
        let arguments = arguments(folder.path());
        let mut command = Command::new(python);
        command.arg(script).args(arguments).stdout(Stdio::piped());
        let mut process = command.spawn().expect("python3 is installed by tests/run");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { process, url: format!("http://127.0.0.1:{}", port.trim()), folder }
    }

    fn at_port(port: u16, folder: tempfile::TempDir, command: &mut Command) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let log = fs::File::create(folder.path().join("server.log")).unwrap();
        let process = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{program}: {error}; tests/run installs it"));
        let server = Self { process, url: format!("http://127.0.0.1:{port}"), folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let log = || fs::read_to_string(server.folder().join("server.log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "{program} does not answer: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        server
    }

    /// nginx over its folder `www`, with more lines for its `server` block.
    pub fn nginx(lines: &str) -> Self {
        let (folder, port) = (folder(), free_port());
        let at = folder.path().display().to_string();
        fs::create_dir(folder.path().join("www")).unwrap();
        let config = format!(
            "daemon off; pid {at}/pid; error_log stderr;\nevents {{}}\nhttp {{ access_log off; default_type text/plain; \
             client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; \
             scgi_temp_path {at}/e;\nserver {{ listen 127.0.0.1:{port}; root {at}/www;\n{lines}\n}} }}\n"
        );
        fs::write(folder.path().join("nginx.conf"), config).unwrap();
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p", &at, "-c", &format!("{at}/nginx.conf")]);
        Self::at_port(port, folder, &mut command)
    }

    /// Docker's registry.
    pub fn registry() -> Self {
        let (folder, port) = (folder(), free_port());
        let at = folder.path().display();
        let config = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {at}}}}}\n\
             http: {{addr: 127.0.0.1:{port}}}\n"
        );
        let file = folder.path().join("config.yml");
        fs::write(&file, config).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(file);
        Self::at_port(port, folder, &mut command)
    }

    /// OpenSSH's server for this user. Its folder holds the key that it lets in (`client`), one that it does not
    /// (`stranger`), and `known_hosts`; its `url` is `ssh://USER@127.0.0.1:PORT`.
    pub fn sshd() -> Self {
        let (folder, port) = (folder(), free_port());
        let at = folder.path().display().to_string();
        for name in ["host", "client", "stranger"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(folder.path().join(name))
                .status()
                .expect("ssh-keygen is installed by tests/run");
            assert!(made.success());
        }
        let host = fs::read_to_string(folder.path().join("host.pub")).unwrap();
        fs::write(folder.path().join("known_hosts"), format!("[127.0.0.1]:{port} {host}")).unwrap();
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {at}/host\nAuthorizedKeysFile {at}/client.pub\nPidFile {at}/pid\n\
             StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\n"
        );
        let file = folder.path().join("sshd_config");
        fs::write(&file, config).unwrap();
        // The server wants this folder when root starts it.
        let _ = fs::create_dir_all("/run/sshd");
        let mut command = Command::new("/usr/sbin/sshd");
        command.args(["-D", "-e", "-f"]).arg(file);
        let user = Command::new("id").arg("-un").output().unwrap();
        let user = String::from_utf8_lossy(&user.stdout).trim().to_owned();
        let mut server = Self::at_port(port, folder, &mut command);
        server.url = format!("ssh://{user}@127.0.0.1:{port}");
        server
    }

    /// tinyproxy, an HTTP proxy; its log is `requests` in its folder.
    pub fn tinyproxy() -> Self {
        let (folder, port) = (folder(), free_port());
        let log = folder.path().join("requests");
        let config =
            format!("Port {port}\nListen 127.0.0.1\nLogFile \"{}\"\nLogLevel Connect\nTimeout 60\n", log.display());
        let file = folder.path().join("tinyproxy.conf");
        fs::write(&file, config).unwrap();
        let mut command = Command::new("tinyproxy");
        command.args(["-d", "-c"]).arg(file);
        Self::at_port(port, folder, &mut command)
    }

    /// moto, which stands in for AWS. `GENNAKER_MOTO` names its program.
    pub fn moto() -> Self {
        let (folder, port) = (folder(), free_port());
        let mut command = Command::new(moto_program());
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]);
        Self::at_port(port, folder, &mut command)
    }

    /// MiniStack, which stands in for AWS too, and was written by others.
    pub fn ministack() -> Self {
        let (folder, port) = (folder(), free_port());
        let mut command = Command::new(moto_program().with_file_name("ministack"));
        command.env("BIND_HOST", "127.0.0.1").env("GATEWAY_PORT", port.to_string()).env("SERVICES", "s3");
        Self::at_port(port, folder, &mut command)
    }

    /// s3rver, which speaks S3 and ignores conditions. `GENNAKER_S3RVER` names its program.
    pub fn s3rver() -> Self {
        let (folder, port) = (folder(), free_port());
        let program = std::env::var("GENNAKER_S3RVER")
            .map(PathBuf::from)
            .unwrap_or_else(|_| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/s3rver/node_modules/.bin/s3rver"));
        let mut command = Command::new(program);
        command.args(["-a", "127.0.0.1", "-p", &port.to_string(), "--configure-bucket", "history", "-d"]);
        command.arg(folder.path());
        Self::at_port(port, folder, &mut command)
    }

    /// moto with a bucket 'history' that holds so many ended executions below 'many/', and with writes that take turns.
    pub fn moto_s3(executions: usize) -> Self {
        let python = moto_program().with_file_name("python");
        Self::python(&python, "moto_s3.py", |_| if executions == 0 { Vec::new() } else { vec![executions.to_string()] })
    }

    /// Writes a file below `www`.
    pub fn put(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.folder().join("www").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Sends a request with curl and gives back the answer's body.
    pub fn curl(&self, arguments: &[&str], path: &str, body: &[u8]) -> String {
        let mut child = Command::new("curl")
            .args(["-sS", "--fail-with-body", "--data-binary", "@-"])
            .args(arguments)
            .arg(format!("{}{path}", self.url))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("curl is installed by tests/run");
        child.stdin.take().unwrap().write_all(body).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?} {path}: {text}");
        text
    }
}
