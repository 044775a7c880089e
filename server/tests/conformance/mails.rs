//! Receipts by e-mail: sent once, over a real socket, and the address forgotten then.

use std::fs;

use barrow_core::{
    bytes::Hash,
    ids::{Epoch, SaleId, Seq, StaffId},
    journal::Body,
    mail::{Address, MailTo},
};
use serde_json::Value;

use super::support::{Backend, Office, Place, smtp::Sink, till::Till, until};

const ANNA: &str = "anna.unlikely@example.org";

/// Asks for the receipt of the sale at `seq`.
fn ask(till: &mut Till, seq: Seq, address: &str) -> Seq {
    let beside = MailTo::new([7; 16], &Address::parse(address).unwrap());
    let of = SaleId { till: till.head.till, epoch: till.head.epoch, seq };
    till.append(Body::ReceiptRequested { of, to: beside.hash(), beside: Some(beside) })
}

fn state(office: &Office, seq: Seq) -> Value {
    let list = office.answer("mails").json();
    let mails = list["mails"].as_array().unwrap();
    mails.iter().find(|mail| mail["id"].as_str().unwrap().ends_with(&format!("-{seq}"))).unwrap().clone()
}

fn serve(place: Place, sink: &Sink) -> super::Server {
    place.serve_with(&["--smtp", &sink.url, "--mail-from", "Demo <shop@example.com>"])
}

/// Does this text stand in any file of the data folder?
fn is_on_disk(place: &Place, text: &str) -> bool {
    let files = fs::read_dir(place.data()).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file());
    let holds = |bytes: Vec<u8>| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    files.map(|path| fs::read(path).unwrap()).any(holds)
}

pub fn a_receipt_goes_out_once_and_the_address_is_forgotten(backend: &Backend) {
    let (server, mut till) = super::enrolled(backend);
    let office = server.office();
    till.open_shift();
    let sale = till.sell(249);
    let asked = ask(&mut till, sale, ANNA);
    till.deliver();
    // No mail server: it waits, and the office says so.
    let list = office.answer("mails").json();
    assert_eq!((list["configured"].as_bool(), list["mails"].as_array().unwrap().len()), (Some(false), 1));
    assert_eq!(
        (state(&office, asked)["state"].as_str(), state(&office, asked)["address"].as_str()),
        (Some("waiting"), Some(ANNA))
    );
    assert_eq!(office.alerts(), Vec::<String>::new());
    drop(office);

    let sink = Sink::start();
    let server = serve(server.stop(), &sink);
    let office = server.office();
    until("the mail is there", || !sink.mails().is_empty());
    until("and that is written down", || state(&office, asked)["state"] == "sent");
    let mail = &sink.mails()[0];
    assert_eq!(mail.to, ANNA);
    assert!(
        mail.data.contains("Subject: Your receipt from") && mail.data.contains("From: Demo <shop@example.com>"),
        "{}",
        mail.data
    );
    let id = SaleId { till: till.head.till, epoch: till.head.epoch, seq: sale };
    assert!(mail.data.contains(&format!("Sale {id}")) && mail.data.contains("4.98"), "{}", mail.data);
    assert_eq!(state(&office, asked)["address"], Value::Null);
    // What comes twice is there once; what was sent is not sent again.
    till.url = server.url.clone();
    till.deliver();
    let again =
        office.send("POST", &format!("mails/{}/resend", state(&office, asked)["id"].as_str().unwrap()), &serde_json::json!({}));
    again.is_problem(409, "/problems/not-due");
    till.sell(100);
    till.deliver();
    assert_eq!(sink.mails().len(), 1);
    let trail = office.get("audit?topic=sales");
    let row = trail.iter().find(|row| row["kind"] == "receipt_requested").unwrap();
    assert_eq!(row["what"], format!("Asked for the receipt of sale {id} by e-mail"));
    assert!(!format!("{trail:?}").contains(ANNA));
    drop(office);
    let log = String::from_utf8(server.log()).unwrap();
    assert!(!log.contains(ANNA), "{log}");
    let place = server.stop();
    assert!(!is_on_disk(&place, ANNA), "nothing of it is left");
    // The chain is whole without it.
    let file = place.path("journal.jsonl");
    place.ok(&["export", "--till", "1", file.to_str().unwrap()]);
    assert!(place.ok(&["verify", file.to_str().unwrap()]).contains("chain whole"));
    assert!(!fs::read_to_string(file).unwrap().contains(ANNA));
}

pub fn what_a_mail_server_refuses_is_told_and_can_be_tried_again(backend: &Backend) {
    let sink = Sink::start();
    let server = serve(Place::new(backend), &sink);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    let office = server.office();
    till.open_shift();
    let sale = till.sell(249);
    *sink.refuse.lock().unwrap() = Some(format!("550 <{ANNA}> lives here no more"));
    let refused = ask(&mut till, sale, ANNA);
    till.deliver();
    until("it is refused", || state(&office, refused)["state"] == "refused");
    let row = state(&office, refused);
    assert_eq!(row["address"], ANNA, "kept for a while, so that somebody can look at it");
    assert!(row["trouble"].as_str().unwrap().contains("lives here no more"), "{row}");
    assert!(!row["trouble"].as_str().unwrap().contains(ANNA), "{row}");
    // Trouble of the mail server's own is tried again by itself.
    *sink.refuse.lock().unwrap() = Some("451 come back later".into());
    let later = ask(&mut till, sale, "bert@example.org");
    till.deliver();
    until("it is tried", || state(&office, later)["attempts"].as_i64().unwrap() > 0 && state(&office, later)["trouble"] != "");
    assert_eq!(state(&office, later)["state"], "waiting");
    *sink.refuse.lock().unwrap() = None;
    until("it is sent", || state(&office, later)["state"] == "sent");
    assert_eq!(sink.mails().len(), 1);
    // And what was refused, by hand.
    let id = state(&office, refused)["id"].as_str().unwrap().to_owned();
    assert_eq!(office.send("POST", &format!("mails/{id}/resend"), &serde_json::json!({})).status, 200);
    until("it is sent as well", || state(&office, refused)["state"] == "sent");
    assert_eq!(sink.mails().iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["bert@example.org", ANNA]);
    assert!(office.get("audit").iter().any(|row| row["kind"] == "mail_retried"));
}

pub fn an_address_that_is_not_the_entrys_is_not_used(backend: &Backend) {
    let sink = Sink::start();
    let server = serve(Place::new(backend), &sink);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    let office = server.office();
    till.open_shift();
    let sale = till.sell(249);
    let of = SaleId { till: till.head.till, epoch: Epoch(1), seq: sale };
    let other = MailTo::new([8; 16], &Address::parse(ANNA).unwrap());
    // It is of another hash than the entry holds; or there is none.
    let body = Body::ReceiptRequested { of, to: Hash::of(b"another"), beside: None };
    let swapped = till.append_with(StaffId(1), body, Some((other.hash(), other.bytes().to_vec())));
    let none = till.append(Body::ReceiptRequested { of, to: Hash::of(b"nothing"), beside: None });
    till.sell(100);
    till.deliver();
    for seq in [swapped, none] {
        let row = state(&office, seq);
        assert_eq!((row["state"].as_str(), row["address"].as_str()), (Some("given-up"), None), "{row}");
        assert_eq!(row["trouble"], "The address did not arrive with the entry.");
    }
    assert_eq!((office.alerts(), sink.mails().len()), (Vec::new(), 0));
    assert_eq!(office.sale_ids().len(), 2, "and it holds nothing up");
}
