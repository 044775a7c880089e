//! A mail server that takes what it is given, and keeps it for the test.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A mail that was taken.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    pub data: String,
}

#[derive(Clone)]
pub struct Sink {
    pub url: String,
    taken: Arc<Mutex<Vec<Mail>>>,
    /// What is answered to the recipient from now on; nothing takes it.
    pub refuse: Arc<Mutex<Option<String>>>,
}

impl Sink {
    pub fn start() -> Sink {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("smtp://{}", listener.local_addr().unwrap());
        let sink = Sink { url, taken: Arc::default(), refuse: Arc::default() };
        let inside = sink.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sink = inside.clone();
                thread::spawn(move || sink.talk(stream));
            }
        });
        sink
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.taken.lock().unwrap().clone()
    }

    /// RFC 5321, as far as it is needed.
    fn talk(&self, stream: TcpStream) -> Option<()> {
        let mut out = stream.try_clone().ok()?;
        let mut lines = BufReader::new(stream).lines();
        let mut say = move |text: &str| out.write_all(format!("{text}\r\n").as_bytes()).ok();
        say("220 sink")?;
        let mut to = String::new();
        while let Some(Ok(line)) = lines.next() {
            let verb = line.get(..4).unwrap_or_default().to_uppercase();
            match verb.as_str() {
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    let refuse = self.refuse.lock().unwrap().clone();
                    say(refuse.as_deref().unwrap_or("250 ok"))?;
                }
                "DATA" => {
                    say("354 go on")?;
                    let mut data = String::new();
                    for line in lines.by_ref().map_while(Result::ok).take_while(|line| line != ".") {
                        data.push_str(&line);
                        data.push('\n');
                    }
                    self.taken.lock().unwrap().push(Mail { to: to.clone(), data });
                    say("250 taken")?;
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 sink")?,
            }
        }
        None
    }
}
