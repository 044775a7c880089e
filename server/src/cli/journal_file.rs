//! `export` and `verify`: a till's journal as a file that anybody can check.
//!
//! Text, a JSON object a line. Each life of the till begins with
//! `{"barrow_journal": 1, "enrolment": BASE64, "ack": BASE64}` (the signed enrolment record, and a signed acknowledgement that
//! pins the end), and then has a line for each entry, `{"seq", "hash", "signed": BASE64}`. Only what is signed is
//! believed; `seq` and `hash` are there for people, and must agree with it.

use std::{
    collections::HashSet,
    fs::File,
    io::{BufRead as _, BufReader, BufWriter, Write as _},
    path::Path,
    process::ExitCode,
};

use barrow_core::{
    bytes::Hash,
    ids::{Seq, TillId},
    journal::{Entry, Head},
    sync::{Anomaly, Audited, Finding, audit},
    wire::{Ack, EnrolmentRecord, FORMAT},
};
use barrow_sealing::{
    cbor,
    cose::{self, Domain},
};
use base64ct::{Base64, Encoding as _};
use serde::{Deserialize, Serialize};

use super::{CliError, Place, file_fault};
use crate::{
    clock,
    keys::Keys,
    store::{
        Conn, StoreError,
        journal::{self, Chain},
        shop::{self, Shop},
        tills::{self, EpochRow},
    },
};

/// The longest line, bytes: the largest record in Base64, with room.
const LINE_BYTES_MAX: u64 = 1024 * 1024;
/// Entries that are read from the database at a time.
const ROWS: u32 = 1000;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RootLine {
    barrow_journal: u8,
    enrolment: String,
    ack: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryLine {
    seq: u64,
    hash: String,
    signed: Option<String>,
}

pub(super) async fn export(place: &Place, till: TillId, file: &Path) -> Result<(), CliError> {
    let (keys, store) = place.open().await?;
    let mut conn = store.read().await?;
    let shop = shop::get(&mut conn).await?;
    let row = tills::get(&mut conn, shop.id, till).await?.ok_or(CliError::NoTill(till))?;
    let epochs: Vec<EpochRow> =
        tills::all_epochs(&mut conn, shop.id).await?.into_iter().filter(|(of, _)| *of == till).map(|(_, epoch)| epoch).collect();
    if epochs.is_empty() {
        return Err(CliError::NeverEnrolled(till));
    }
    let out = File::options().write(true).create_new(true).open(file).map_err(file_fault(file))?;
    let mut out = BufWriter::new(out);
    let mut entries = 0u64;
    for epoch in epochs {
        let ack = acknowledge(&keys, &shop, till, &epoch, epoch.epoch < row.epoch)?;
        let root =
            RootLine { barrow_journal: 1, enrolment: Base64::encode_string(&epoch.record), ack: Base64::encode_string(&ack) };
        writeln!(out, "{}", serde_json::to_string(&root)?).map_err(file_fault(file))?;
        let chain = Chain { shop: shop.id, till, epoch: epoch.epoch };
        for line in lines(&mut conn, chain).await? {
            entries += 1;
            writeln!(out, "{}", serde_json::to_string(&line)?).map_err(file_fault(file))?;
        }
    }
    let out = out.into_inner().map_err(|fault| file_fault(file)(fault.into_error()))?;
    out.sync_all().map_err(file_fault(file))?;
    println!("{entries} entries of till {till} written to {}.", file.display());
    println!("server key {}", hex(&keys.public()));
    Ok(())
}

/// A fresh acknowledgement of what the server holds: it pins the end of the export.
fn acknowledge(keys: &Keys, shop: &Shop, till: TillId, epoch: &EpochRow, fenced: bool) -> Result<Vec<u8>, CliError> {
    let ack = Ack {
        v: FORMAT,
        server_epoch: shop.server_epoch,
        shop: shop.id,
        till,
        epoch: epoch.epoch,
        seq: epoch.head_seq,
        hash: epoch.head_hash,
        safe: Seq(0),
        state: barrow_core::config::TillState::Active,
        fenced,
        config_version: shop.config_version,
        now_ms: clock::now_ms(),
    };
    let payload = cbor::to_vec(&ack).map_err(|_| StoreError::Corrupt("head"))?;
    Ok(keys.sign(Domain::Ack, &payload))
}

async fn lines(conn: &mut Conn, chain: Chain) -> Result<Vec<EntryLine>, StoreError> {
    let forks = journal::forks(conn, chain).await?;
    let mut lines = Vec::new();
    let mut after = Seq(0);
    loop {
        let rows = journal::entries(conn, chain, after, ROWS).await?;
        let Some(last) = rows.last() else {
            // A branch may be longer than the chain that it left.
            lines.extend(forks.iter().filter(|(seq, _, _)| *seq > after).map(fork_line));
            return Ok(lines);
        };
        after = last.seq;
        for row in rows {
            let signed = row.signed.as_deref().map(Base64::encode_string);
            lines.push(EntryLine { seq: row.seq.0, hash: row.hash.to_string(), signed });
            lines.extend(forks.iter().filter(|(seq, _, _)| *seq == row.seq).map(fork_line));
        }
    }
}

fn fork_line((seq, hash, signed): &(Seq, Hash, Vec<u8>)) -> EntryLine {
    EntryLine { seq: seq.0, hash: hash.to_string(), signed: Some(Base64::encode_string(signed)) }
}

pub(super) fn verify(path: &Path, server_key: Option<&str>) -> Result<ExitCode, CliError> {
    let file = File::open(path).map_err(file_fault(path))?;
    let report = Report::of(BufReader::new(file), server_key).map_err(file_fault(path))?;
    for line in &report.anomalies {
        println!("{line}");
    }
    if report.anomalies.is_empty() {
        println!("{} entries, chain whole", report.entries);
        for key in &report.server_keys {
            println!("server key {key}");
        }
        Ok(ExitCode::SUCCESS)
    } else {
        Ok(ExitCode::from(1))
    }
}

/// What a journal file comes to.
#[derive(Debug, Default)]
struct Report {
    entries: usize,
    anomalies: Vec<String>,
    /// Whose signatures were believed: whoever checks compares it with what the shop's server says of itself.
    server_keys: Vec<String>,
}

/// One life of a till, as far as it was read.
struct Life {
    root: Head,
    till_key: Vec<u8>,
    end: (Seq, Hash),
    entries: Vec<Audited>,
    /// Places where the line's own words contradict what was signed.
    contradicted: HashSet<Seq>,
}

impl Report {
    fn of(mut file: impl std::io::BufRead, server_key: Option<&str>) -> std::io::Result<Report> {
        let mut report = Report::default();
        let mut life: Option<Life> = None;
        let mut number = 0usize;
        loop {
            let mut line = Vec::new();
            let read = std::io::Read::take(&mut file, LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
            if read == 0 {
                break;
            }
            number += 1;
            let whole = line.ends_with(b"\n");
            if let Some(root) = serde_json::from_slice::<RootLine>(&line).ok().filter(|_| whole) {
                report.close(life.take());
                match Life::begin(&root, server_key, &mut report) {
                    Ok(begun) => life = Some(begun),
                    Err(why) => report.anomalies.push(format!("altered at seq 0: line {number}, {why}")),
                }
            } else if let Some(life) = &mut life {
                let at = life.entries.last().and_then(|last| last.entry.as_ref()).map_or(0, |entry| entry.seq.0);
                match serde_json::from_slice::<EntryLine>(&line).ok().filter(|_| whole) {
                    Some(entry) => life.add(&entry),
                    None => report.anomalies.push(format!("unreadable at seq {}: line {number} is damaged", at + 1)),
                }
            } else {
                report.anomalies.push(format!("unreadable at seq 0: line {number} belongs to no journal"));
                break;
            }
        }
        if number == 0 {
            report.anomalies.push("truncated at seq 0: the file is empty".into());
        }
        report.close(life);
        Ok(report)
    }

    fn close(&mut self, life: Option<Life>) {
        let Some(life) = life else { return };
        self.entries += life.entries.len();
        let mut findings = audit(life.root, &life.entries, Some(life.end));
        for seq in life.contradicted {
            let finding = Finding { anomaly: Anomaly::Altered, seq };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        findings.sort_by_key(|finding| finding.seq);
        let Head { till, epoch, .. } = life.root;
        self.anomalies
            .extend(findings.iter().map(|found| format!("{} at seq {} (till {till}, epoch {epoch})", found.anomaly, found.seq)));
    }
}

impl Life {
    fn begin(line: &RootLine, server_key: Option<&str>, report: &mut Report) -> Result<Life, &'static str> {
        if line.barrow_journal != 1 {
            return Err("this format of the journal is not known here");
        }
        let enrolment = Base64::decode_vec(&line.enrolment).map_err(|_| "the enrolment record is damaged")?;
        let message = cose::parse(&enrolment).map_err(|_| "the enrolment record is damaged")?;
        let record: EnrolmentRecord = cbor::from_slice(&message.payload).map_err(|_| "the enrolment record is damaged")?;
        let key = &record.server_key.0;
        cose::verify(key, &message.to_be_signed(Domain::Enrolment), &message.signature)
            .map_err(|_| "the enrolment record is not signed by its server")?;
        let key_hex = hex(key);
        if server_key.is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&key_hex)) {
            return Err("the enrolment record is another server's");
        }
        let root =
            Head { shop: record.shop, till: record.till, epoch: record.epoch, seq: Seq(0), hash: Hash::of(&enrolment), at_ms: 0 };
        let end = Life::end(&line.ack, key, &root).ok_or("the acknowledgement is damaged, or not this journal's")?;
        if !report.server_keys.contains(&key_hex) {
            report.server_keys.push(key_hex);
        }
        Ok(Life { root, till_key: record.till_key.0, end, entries: Vec::new(), contradicted: HashSet::new() })
    }

    fn end(text: &str, key: &[u8], root: &Head) -> Option<(Seq, Hash)> {
        let payload = cose::verify_message(key, Domain::Ack, &Base64::decode_vec(text).ok()?).ok()?;
        let ack: Ack = cbor::from_slice(&payload).ok()?;
        ((ack.shop, ack.till, ack.epoch) == (root.shop, root.till, root.epoch)).then_some((ack.seq, ack.hash))
    }

    fn add(&mut self, line: &EntryLine) {
        let signed = line.signed.as_deref().and_then(|text| Base64::decode_vec(text).ok());
        let Some(signed) = signed else {
            let hash = Hash::from_hex(&line.hash).unwrap_or_default();
            self.entries.push(Audited { hash, entry: None, signed: false });
            return;
        };
        let hash = Hash::of(&signed);
        let message = cose::parse(&signed).ok();
        let entry = message.as_ref().and_then(|message| cbor::from_slice::<Entry>(&message.payload).ok());
        let is_signed = message.is_some_and(|message| {
            cose::verify(&self.till_key, &message.to_be_signed(Domain::Journal), &message.signature).is_ok()
        });
        if let Some(entry) = &entry
            && (entry.seq.0 != line.seq || hash.to_string() != line.hash)
        {
            self.contradicted.insert(entry.seq);
        }
        self.entries.push(Audited { hash, entry, signed: is_signed });
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
