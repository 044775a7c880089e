//! The program around the server: verify, backup and restore, administration, and how it starts and stops.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod support;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, process::Command};

use barrow_core::{
    ids::Seq,
    staff::Role,
    sync::{AckNews, TillView, accept_ack},
};
use serde_json::Value;
use support::{
    Backend, Place, Server,
    till::{Till, enrol_with},
};

/// A server with one till that sold six times in two lives, and its exported journal.
fn exported() -> (Server, Vec<String>) {
    let server = Server::start(&Backend::Sqlite);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    till.open_shift();
    (0..5).for_each(|_| {
        till.sell(100);
    });
    till.deliver();
    let mut next = Till::enrol(&server, &server.place.codes(&["--till", "1"]).enrol);
    next.open_shift();
    next.sell(100);
    next.deliver();
    let lines = export(&server.place, "journal");
    (server, lines)
}

fn export(place: &Place, name: &str) -> Vec<String> {
    let file = place.path(name);
    place.ok(&["export", "--till", "1", file.to_str().unwrap()]);
    fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

/// Exit code and output of `verify`.
fn verify(place: &Place, content: &str) -> (i32, String) {
    let file = place.path("tampered");
    fs::write(&file, content).unwrap();
    let output = place.run(&["verify", file.to_str().unwrap()]);
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[test]
fn verify_accepts_a_whole_journal_and_names_the_server() {
    let (server, lines) = exported();
    assert_eq!(lines.len(), 2 + 6 + 2);
    let (code, said) = verify(&server.place, &text(&lines));
    assert_eq!((code, said.lines().next().unwrap()), (0, "8 entries, chain whole"));
    let key = said.lines().nth(1).unwrap().strip_prefix("server key ").unwrap().to_owned();
    let file = server.place.path("journal");
    let with = |key: &str| server.place.run(&["verify", file.to_str().unwrap(), "--server-key", key]).status.code().unwrap();
    assert_eq!((with(&key), with(&key.to_uppercase())), (0, 0));
    assert_eq!(with(&key.replace(|c: char| c.is_ascii_digit(), "0")), 1);
    // The first line holds no secret and no till's private word: only what is signed for everybody.
    assert!(!text(&lines).contains("escrow"));
    let again = server.place.run(&["export", "--till", "1", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "an export never overwrites");
    assert_eq!(server.place.run(&["verify", "/nowhere"]).status.code(), Some(2));
}

#[test]
fn verify_names_each_anomaly_and_its_place() {
    let (server, lines) = exported();
    let is_anomaly = |content: &str, wanted: &[&str]| {
        let (code, said) = verify(&server.place, content);
        assert_eq!(code, 1, "{said}");
        for one in wanted {
            assert!(said.lines().any(|line| line.starts_with(one)), "{one} in\n{said}");
        }
    };
    let change = |at: usize, f: &dyn Fn(&mut Value)| {
        let mut lines = lines.clone();
        let mut line: Value = serde_json::from_str(&lines[at]).unwrap();
        f(&mut line);
        lines[at] = line.to_string();
        text(&lines)
    };
    let without = |at: std::ops::Range<usize>| {
        let mut lines = lines.clone();
        lines.drain(at);
        text(&lines)
    };

    is_anomaly(&without(3..4), &["gap at seq 3 (till 1, epoch 1)"]);
    is_anomaly(&without(5..7), &["truncated at seq 4 (till 1, epoch 1)"]);
    is_anomaly(&text(&lines[..9]), &["truncated at seq 1 (till 1, epoch 2)"]);
    is_anomaly(&text(&lines[..1]), &["truncated at seq 0"]);
    let mut swapped = lines.clone();
    swapped.swap(2, 4);
    is_anomaly(&text(&swapped), &["reordered at seq"]);
    let mut twice = lines.clone();
    twice.insert(4, lines[3].clone());
    is_anomaly(&text(&twice), &["reordered at seq 3"]);

    // The line's own words against what was signed; the signed bytes themselves.
    is_anomaly(&change(3, &|line| line["seq"] = 9.into()), &["altered at seq 3"]);
    is_anomaly(&change(3, &|line| line["hash"] = "00".into()), &["altered at seq 3"]);
    let flip = |line: &mut Value| {
        let signed = line["signed"].as_str().unwrap();
        let last = signed.len() - 12;
        let other = if &signed[last..=last] == "A" { "B" } else { "A" };
        line["signed"] = format!("{}{other}{}", &signed[..last], &signed[last + 1..]).into();
    };
    is_anomaly(&change(3, &flip), &["bad-signature at seq 3", "altered at seq 3"]);
    // Another life's entries under this life's root are not signed by its key.
    let mut foreign = lines.clone();
    foreign[1] = lines[8].clone();
    is_anomaly(&text(&foreign), &["bad-signature at seq 1", "altered at seq 1"]);
    is_anomaly(&change(3, &|line| line["signed"] = Value::Null), &["unreadable at seq 3"]);
    is_anomaly(&change(3, &|line| line["signed"] = "AAAA".into()), &["unreadable at seq 3"]);
    is_anomaly(&change(0, &flip_root("enrolment")), &["altered at seq 0"]);
    is_anomaly(&change(0, &flip_root("ack")), &["altered at seq 0"]);
    let drop_ack = |line: &mut Value| {
        line.as_object_mut().unwrap().remove("ack");
    };
    is_anomaly(&change(0, &drop_ack), &["unreadable at seq 0"]);
    is_anomaly(&change(0, &|line| line["barrow_journal"] = 2.into()), &["altered at seq 0"]);
    is_anomaly("", &["truncated at seq 0"]);
    is_anomaly("no journal at all\n", &["unreadable at seq 0"]);
    is_anomaly(&text(&lines[1..]), &["unreadable at seq 0"]);
    // Cut off in the middle of a line; filled with nonsense.
    let whole = text(&lines);
    is_anomaly(&whole[..whole.len() - 30], &["unreadable at seq 2", "truncated at seq 1"]);
    is_anomaly(&change(4, &|line| *line = Value::Null), &["unreadable at seq 4"]);
}

fn flip_root(field: &'static str) -> impl Fn(&mut Value) {
    move |line| {
        let old = line[field].as_str().unwrap();
        line[field] = format!("{}{}", if old.starts_with('A') { "B" } else { "A" }, &old[1..]).into();
    }
}

#[test]
fn verify_never_accepts_a_file_with_any_byte_changed() {
    let (server, lines) = exported();
    let whole = text(&lines).into_bytes();
    for at in (0..whole.len()).step_by(131) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x11;
        let file = server.place.path("tampered");
        fs::write(&file, &bytes).unwrap();
        let output = server.place.run(&["verify", file.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(1), "byte {at}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn verify_sees_a_clock_that_went_back_and_a_fork() {
    let server = Server::start(&Backend::Sqlite);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    till.open_shift();
    let mut copy = till.copy();
    till.clock_ms -= 3_600_000;
    till.sell(100);
    copy.sell(999);
    till.deliver();
    copy.deliver();
    let (code, said) = verify(&server.place, &text(&export(&server.place, "journal")));
    assert_eq!(code, 1);
    assert!(said.contains("clock-back at seq 2") && said.contains("fork at seq 2"), "{said}");
}

#[test]
fn row_37_a_restored_server_gets_everything_again() {
    let server = Server::start(&Backend::Sqlite);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    let before = server.codes();
    till.open_shift();
    till.sell(100);
    let ack = till.deliver();
    assert_eq!((ack.safe, ack.seq), (Seq(2), Seq(2)), "no backups are kept here: what is acknowledged is safe");
    let backup = server.place.path("backup");
    server.place.ok(&["backup", backup.to_str().unwrap()]);
    assert_eq!(server.place.run(&["backup", backup.to_str().unwrap()]).status.code(), Some(2), "a backup never overwrites");
    till.sell(200);
    till.sell(300);
    let ack = till.deliver();
    assert_eq!((ack.seq, ack.safe), (Seq(4), Seq(2)), "from now on the till keeps what no backup holds");
    let running = server.place.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(running.status.code(), Some(2));
    assert!(String::from_utf8(running.stderr).unwrap().contains("stop it first"));

    let place = server.stop();
    place.ok(&["restore", backup.to_str().unwrap()]);
    let aside =
        fs::read_dir(place.data()).unwrap().flatten().find(|e| e.file_name().to_str().unwrap().starts_with("before-restore-"));
    assert!(aside.unwrap().path().join("barrow.db").exists(), "what was there is kept");
    let server = place.serve();
    till.url.clone_from(&server.url);
    let restored = till.deliver_batch(&till.batch(&[]));
    assert!(restored.server_epoch > ack.server_epoch && restored.config_version > ack.config_version);
    assert_eq!((restored.seq, restored.safe), (Seq(2), Seq(2)), "the acknowledgement goes back");
    let view = TillView { epoch: till.head.epoch, ack: Some(ack), head: till.head };
    assert_eq!(accept_ack(&view, &restored, None), AckNews::ServerRestored);
    assert_eq!(till.deliver().seq, Seq(4));
    assert_eq!(server.office().sale_ids(), ["1-1-2", "1-1-3", "1-1-4"]);
    // What was given out before the backup was restored is void: codes, and the numbers of lives.
    enrol_with(&server, &before.staff[0].1, &till.key).is_problem(403, "/problems/enrol-code-wrong");
    let next = Till::enrol(&server, &server.codes().enrol);
    assert!(next.record.epoch.0 > 1000, "an epoch that the lost database may have given out is never given again");

    // The same backup once more: the server epoch still goes up.
    let place = server.stop();
    place.ok(&["restore", backup.to_str().unwrap()]);
    let server = place.serve();
    till.url.clone_from(&server.url);
    assert!(till.deliver_batch(&till.batch(&[])).server_epoch > restored.server_epoch);
}

#[test]
fn a_backup_under_load_is_whole() {
    let server = Server::start(&Backend::Sqlite);
    let mut till = Till::enrol(&server, &server.codes().enrol);
    till.open_shift();
    for _ in 0..30 {
        till.sell(100);
    }
    let sender = till.copy();
    let sending = std::thread::spawn(move || {
        for end in 1..=sender.records.len() {
            sender.deliver_batch(&sender.batch(&sender.records[..end]));
        }
    });
    let backup = server.place.path("backup");
    server.place.ok(&["backup", backup.to_str().unwrap()]);
    sending.join().unwrap();
    let safe = till.deliver_batch(&till.batch(&[])).safe;
    let place = server.stop();
    place.ok(&["restore", backup.to_str().unwrap()]);
    let server = place.serve();
    till.url.clone_from(&server.url);
    assert_eq!(till.deliver_batch(&till.batch(&[])).seq, safe, "what was called safe is what the backup holds");
    assert_eq!(till.deliver().seq, Seq(31));
}

#[test]
fn secrets_on_disk_are_the_owners_and_codes_are_only_hashes() {
    let server = Server::start(&Backend::Sqlite);
    let codes = server.codes();
    let password = server.ready["owner"]["password"].as_str().unwrap().to_owned();
    let till = Till::enrol(&server, &codes.enrol);
    till.deliver_batch(&till.batch(&[]));
    let backup = server.place.path("backup");
    server.place.ok(&["backup", backup.to_str().unwrap()]);
    let place = server.stop();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&place.data()), 0o700);
    for file in [place.data().join("keys.json"), backup.join("keys.json"), backup.join("barrow.db")] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let database = fs::read(place.data().join("barrow.db")).unwrap();
    let holds = |needle: &str| database.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(holds("Barrow Demo"), "the search finds what is there");
    for secret in codes.staff.iter().map(|(_, code)| code).chain([&codes.enrol, &password]) {
        assert!(!holds(secret) && !holds(&secret.replace('-', "")), "a secret stands in the database");
    }
}

#[test]
fn two_servers_on_one_folder_are_refused() {
    let server = Server::start(&Backend::Sqlite);
    let second = server.place.run(&["--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8(second.stderr).unwrap().contains("another barrow-server runs"));
    assert_eq!(server.office().get("tills").len(), 1);
}

#[test]
fn a_shop_without_a_demo() {
    let place = Place::new(&Backend::Sqlite);
    let nothing = place.run(&["enrol-code"]);
    assert!(nothing.status.code() == Some(2) && String::from_utf8(nothing.stderr).unwrap().contains("init"));
    let said = place.ok(&["init", "--shop", "Corner", "--currency", "CHF", "--tax", "A=8.1", "--prices-without-tax"]);
    assert!(said.contains("password") && said.contains("enrolment code"), "{said}");
    assert_eq!(place.run(&["init", "--shop", "Again"]).status.code(), Some(2));
    place.ok(&["staff", "add", "Kim", "--role", "supervisor"]);
    assert!(place.ok(&["staff", "code", "Kim", "--till", "1"]).contains("till 1"));
    assert_eq!(place.run(&["staff", "code", "Kim", "--till", "2"]).status.code(), Some(2));
    assert_eq!(place.run(&["staff", "code", "Nobody", "--till", "1"]).status.code(), Some(2));
    assert_eq!(place.run(&["export", "--till", "1", "x"]).status.code(), Some(2));
    assert!(place.ok(&["staff", "role", "Kim", "manager"]).contains("Kim is manager"));
    let alone = place.run(&["staff", "remove", "Kim"]);
    assert!(alone.status.code() == Some(2) && String::from_utf8(alone.stderr).unwrap().contains("the only manager"));
    assert_eq!(place.run(&["staff", "add", "kim"]).status.code(), Some(2), "two who look alike");
    place.ok(&["staff", "add", "Lou", "--role", "manager"]);
    place.ok(&["staff", "remove", "Lou"]);
    assert!(place.ok(&["staff", "list"]).contains("(left)"));
    assert_eq!(place.run(&["staff", "code", "Lou", "--till", "1"]).status.code(), Some(2));
    let password = place.ok(&["owner-password"]);
    assert!(password.starts_with("login owner, password "));
    let server = place.serve();
    let till = Till::enrol(&server, &server.place.codes(&["--till", "1"]).enrol);
    assert_eq!((till.config.currency.code.as_str(), till.config.currency.cash_step.0), ("CHF", 5));
    assert_eq!(till.config.staff.iter().map(|p| (p.name.as_str(), p.role)).collect::<Vec<_>>(), [("Kim", Role::Manager)]);
    assert_eq!((till.config.idle_lock_minutes, till.config.currency.coins.len()), (2, 7));
}

#[test]
fn the_ready_line_and_the_words_for_people() {
    let server = Server::start(&Backend::Sqlite);
    let ready = server.ready.as_object().unwrap();
    let mut keys: Vec<_> = ready.keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["acquirer", "enrol_code", "listening", "office", "owner", "staff", "till"]);
    assert_eq!(
        server.ready["staff"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Cashier", "Supervisor", "Manager"]
    );
    assert!(server.ready["till"].as_str().unwrap().starts_with("http://localhost:"));
    let help = Command::new(env!("CARGO_BIN_EXE_barrow-server")).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "--demo",
        "--listen",
        "--data",
        "--database",
        "--dist",
        "--ready-json",
        "verify",
        "enrol-code",
        "staff",
        "import",
        "export",
        "backup",
        "restore",
        "revoke-till",
        "init",
    ] {
        assert!(help.contains(word), "{word}");
    }
}

#[test]
fn an_expired_code_says_so() {
    let server = Server::start(&Backend::Sqlite);
    let code = server.codes().enrol;
    let staff_code = server.codes().staff[0].1.clone();
    let place = server.stop();
    age_codes(&place.data());
    let server = place.serve();
    let key = barrow_sealing::cose::SigningKey::generate(&mut support::till::random);
    enrol_with(&server, &code, &key).is_problem(410, "/problems/enrol-code-expired");
    let till = Till::enrol(&server, &server.codes().enrol);
    till.first_pin(&support::till::AskPin::new(1, &staff_code)).is_problem(410, "/problems/first-pin-code-expired");
}

/// Makes every code a day older than it is.
fn age_codes(data: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let store = barrow_server::store::Store::open(data, None).await.unwrap();
        let mut tx = store.write().await.unwrap();
        sqlx::query("UPDATE codes SET expires_at_ms = expires_at_ms - 86400000 - 60000").execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        store.close().await;
    });
}
