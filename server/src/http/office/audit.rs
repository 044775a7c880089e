//! The audit trail across tills and office: who did what, when, where, and how it went (PCI DSS 4.0, 10.2.2).

use std::{
    fmt::Write as _,
    io,
    pin::Pin,
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use barrow_core::{
    audit::{self, Topic},
    ids::{SaleId, ShopId, StaffId, TillId},
    journal::Body as EntryBody,
    money::Currency,
};
use http_body::Frame;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::{
    super::{Shared, problem::Problem, session::SignedIn},
    Names, answer, list as words, parse_id,
};
use crate::{
    clock::{rfc3339, span_ms},
    ingest::entry_of,
    store::{
        Store, StoreError,
        changes::ChangeRow,
        reports::{self, EntryRow, OFFICE, ROWS_MAX, Trail, TrailRow, Whose},
        word,
    },
};

/// Lines that the export reads at a time.
const EXPORT_ROWS: u32 = 1000;
/// The office's name where a till's would stand.
const OFFICE_NAME: &str = "Office";

/// What may stand behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Filter {
    person: Option<String>,
    topic: Option<String>,
    till: Option<String>,
    from: Option<String>,
    to: Option<String>,
    before: Option<String>,
    limit: Option<u32>,
}

type Asked = Result<Query<Filter>, QueryRejection>;

impl Filter {
    fn of(asked: Asked) -> Result<Filter, Problem> {
        asked.map(|Query(filter)| filter).map_err(|_| Problem::malformed("limit is a number."))
    }

    /// An empty field filters nothing, as no field does.
    fn trail(&self) -> Result<Trail, Problem> {
        let given = |field: &Option<String>| field.clone().filter(|text| !text.is_empty());
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| i64::try_from(*number).is_ok());
        let moment = |field, sentence| match given(field) {
            Some(text) => span_ms(&text).map(Some).ok_or_else(|| Problem::malformed(sentence)),
            None => Ok(None),
        };
        let person = match given(&self.person) {
            Some(text) => Some(StaffId(number(&text).ok_or_else(|| Problem::malformed("person is somebody's number."))?)),
            None => None,
        };
        let topic = match given(&self.topic) {
            Some(text) => Some(topic(&text)?),
            None => None,
        };
        let whose = match given(&self.till) {
            None => None,
            Some(text) if text == "office" => Some(Whose::Office),
            Some(text) => match number(&text) {
                Some(0) => Some(Whose::Office),
                Some(till) => Some(Whose::Till(TillId(till))),
                None => return Err(Problem::malformed("till is a till's number, or office.")),
            },
        };
        let from = moment(&self.from, "from is a day such as 2026-05-01, or a moment such as 2026-05-01T09:30:00Z.")?;
        let to = moment(&self.to, "to is a day such as 2026-05-01, or a moment such as 2026-05-01T09:30:00Z.")?;
        let before = match given(&self.before) {
            Some(text) => Some(parse_id(&text).ok_or_else(|| Problem::malformed("before is a line's id, such as 1-1-42."))?),
            None => None,
        };
        Ok(Trail {
            person,
            topic,
            whose,
            from_ms: from.map_or(i64::MIN, |(first, _)| first),
            to_ms: to.map_or(i64::MAX, |(_, last)| last),
            before,
            limit: self.limit.unwrap_or(ROWS_MAX).clamp(1, ROWS_MAX),
        })
    }

    /// The address of the next page.
    fn next(&self, limit: u32, last: SaleId) -> String {
        let fields =
            [("person", &self.person), ("topic", &self.topic), ("till", &self.till), ("from", &self.from), ("to", &self.to)];
        let mut address = String::from("/v1/office/audit?");
        for (name, value) in fields.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
            let _ = write!(address, "{name}=");
            for byte in value.bytes() {
                let _ = match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' => write!(address, "{}", char::from(byte)),
                    _ => write!(address, "%{byte:02X}"),
                };
            }
            address.push('&');
        }
        let _ = write!(address, "limit={limit}&before={last}");
        address
    }
}

fn topic(text: &str) -> Result<Topic, Problem> {
    Topic::of(text).ok_or_else(|| Problem::malformed(format!("topic is one of {}.", Topic::ALL.map(Topic::id).join(", "))))
}

/// `GET /v1/office/audit`.
pub(in super::super) async fn list(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let filter = Filter::of(asked)?;
    let trail = filter.trail()?;
    let mut conn = app.store.read().await?;
    let names = Names::load(&mut conn, shop.id).await?;
    let rows = reports::trail(&mut conn, shop.id, &trail).await?;
    let lines: Vec<Line> = rows.iter().map(|row| Line::of(row, &names, &shop.currency)).collect();
    let mut response = answer(&lines)?;
    if let Some(last) = rows.last().filter(|_| rows.len() as u64 == u64::from(trail.limit)) {
        let link = format!("<{}>; rel=\"next\"", filter.next(trail.limit, last.id()));
        response.headers_mut().insert(header::LINK, HeaderValue::from_str(&link).map_err(|_| Problem::internal())?);
    }
    Ok(response)
}

/// `GET /v1/office/audit.csv`: every line that fits, in one file (RFC 4180).
pub(in super::super) async fn csv(State(app): Shared, headers: HeaderMap, asked: Asked) -> Result<Response, Problem> {
    let shop = SignedIn::check(&app, &headers).await?.shop;
    let trail = Trail { limit: EXPORT_ROWS, ..Filter::of(asked)?.trail()? };
    let (pages, received) = mpsc::channel(2);
    let export = Export { store: app.store.clone(), shop: shop.id, currency: shop.currency, trail };
    tokio::spawn(export.write(pages));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"audit.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::new(Pages(received))).into_response())
}

/// A line as the office shows it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    id: String,
    till: u64,
    till_name: Option<&'a str>,
    epoch: u32,
    seq: u64,
    kind: &'a str,
    topic: Topic,
    who: Option<String>,
    about: Option<String>,
    what: String,
    result: &'static str,
    at: String,
    at_ms: i64,
    hash: String,
    flags: Vec<&'a str>,
}

impl<'a> Line<'a> {
    fn of(row: &'a TrailRow, names: &'a Names, currency: &Currency) -> Line<'a> {
        match row {
            TrailRow::Entry(entry) => Line::of_entry(entry, names, currency),
            TrailRow::Change(change) => Line::of_change(change, names),
        }
    }

    fn of_entry(row: &'a EntryRow, names: &'a Names, currency: &Currency) -> Line<'a> {
        let entry = row.signed.as_deref().and_then(entry_of);
        let mut line = Line {
            id: row.at.to_string(),
            till: row.at.till.0,
            till_name: names.till(row.at.till),
            epoch: row.at.epoch.0,
            seq: row.at.seq.0,
            kind: &row.kind,
            topic: Topic::Tablet,
            who: names.staff(row.staff).map(str::to_owned),
            about: names.staff(row.about).map(str::to_owned),
            what: "An entry that could not be checked or understood. It is kept, and not counted".to_owned(),
            result: "failed",
            at: rfc3339(row.at_ms),
            at_ms: row.at_ms,
            hash: row.hash.to_string(),
            flags: words(&row.flags),
        };
        if let Some(entry) = entry {
            let said = audit::line(&entry, currency, |id| names.staff(Some(id)).unwrap_or("somebody unknown"));
            line.result = match entry.body {
                EntryBody::Refused { .. } => "refused",
                _ if said.done => "ok",
                _ => "failed",
            };
            (line.topic, line.who, line.what) = (said.topic, said.who, said.what);
        }
        line
    }

    fn of_change(row: &'a ChangeRow, names: &'a Names) -> Line<'a> {
        let record = &row.record;
        Line {
            id: SaleId { seq: record.seq, ..OFFICE }.to_string(),
            till: OFFICE.till.0,
            till_name: Some(OFFICE_NAME),
            epoch: OFFICE.epoch.0,
            seq: record.seq.0,
            kind: record.change.kind(),
            topic: Topic::Settings,
            who: Some(record.by.clone()),
            about: names.staff(record.change.about()).map(str::to_owned),
            what: record.change.words(),
            result: "ok",
            at: rfc3339(record.at_ms),
            at_ms: record.at_ms,
            hash: row.hash.to_string(),
            flags: Vec::new(),
        }
    }

    fn cells(&self) -> [String; 12] {
        [
            self.at.clone(),
            self.who.clone().unwrap_or_default(),
            self.what.clone(),
            self.result.to_owned(),
            self.till_name.map_or_else(|| self.till.to_string(), str::to_owned),
            word(self.topic),
            self.about.clone().unwrap_or_default(),
            self.kind.to_owned(),
            self.epoch.to_string(),
            self.seq.to_string(),
            self.hash.clone(),
            self.flags.join(" "),
        ]
    }
}

const COLUMNS: [&str; 12] = ["when", "who", "what", "result", "where", "topic", "about", "kind", "epoch", "seq", "hash", "flags"];

/// One export on its way: page by page, so that any number of lines takes little memory.
struct Export {
    store: Store,
    shop: ShopId,
    currency: Currency,
    trail: Trail,
}

impl Export {
    /// Ends when everything is written, or nobody reads any more. A fault breaks the download off, so that half a file is not
    /// taken for the whole.
    async fn write(mut self, pages: mpsc::Sender<io::Result<Bytes>>) {
        let mut header = Some(COLUMNS.map(str::to_owned));
        loop {
            let page = self.page(header.take()).await;
            let (page, is_last) = match page {
                Ok(page) => page,
                Err(fault) => {
                    eprintln!("barrow-server: the audit trail was not exported: {fault}");
                    let _ = pages.send(Err(io::Error::other("the export broke off"))).await;
                    return;
                }
            };
            if pages.send(Ok(page)).await.is_err() || is_last {
                return;
            }
        }
    }

    async fn page(&mut self, header: Option<[String; 12]>) -> Result<(Bytes, bool), StoreError> {
        let mut conn = self.store.read().await?;
        let names = Names::load(&mut conn, self.shop).await?;
        let rows = reports::trail(&mut conn, self.shop, &self.trail).await?;
        let lines = rows.iter().map(|row| Line::of(row, &names, &self.currency).cells());
        let text = written(header.into_iter().chain(lines))?;
        self.trail.before = rows.last().map(TrailRow::id);
        Ok((text.into(), rows.len() < EXPORT_ROWS as usize))
    }
}

/// Lines of cells as RFC 4180 has them.
pub(super) fn written<const N: usize>(lines: impl Iterator<Item = [String; N]>) -> Result<Vec<u8>, StoreError> {
    let mut out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for line in lines {
        out.write_record(line.map(harmless)).map_err(|_| StoreError::Corrupt("CSV"))?;
    }
    out.into_inner().map_err(|_| StoreError::Corrupt("CSV"))
}

/// A cell that no spreadsheet takes for a formula: names and reasons are other people's words.
pub(super) fn harmless(cell: String) -> String {
    let risky = |first: char| matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') || first.is_control();
    if cell.trim_start_matches(' ').starts_with(risky) { format!("'{cell}") } else { cell }
}

/// A body of pages that are still being written.
struct Pages(mpsc::Receiver<io::Result<Bytes>>);

impl http_body::Body for Pages {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        self.get_mut().0.poll_recv(cx).map(|page| page.map(|page| page.map(Frame::data)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "\u{0}x"] {
            assert_eq!(harmless(text.to_owned()), format!("'{text}"));
        }
        for text in ["", "Kim", "1-1-2", "−€5.00", "a=b"] {
            assert_eq!(harmless(text.to_owned()), text);
        }
        let mut line = COLUMNS.map(str::to_owned);
        (line[0], line[1], line[2]) = ("a,b".into(), "say \"no\"".into(), "=cmd|' /C calc'!A0".into());
        let text = String::from_utf8(written([line].into_iter()).unwrap()).unwrap();
        assert!(text.starts_with("\"a,b\",\"say \"\"no\"\"\",'=cmd|' /C calc'!A0,result,"), "{text}");
        assert!(text.ends_with("flags\r\n"));
    }

    #[test]
    fn the_next_page_has_the_same_filter() {
        let filter = Filter { person: Some("3".into()), from: Some("2026-05-01T00:00:00+02:00".into()), ..Filter::default() };
        let last = SaleId { till: TillId(1), ..OFFICE };
        assert_eq!(filter.next(5, last), "/v1/office/audit?person=3&from=2026-05-01T00%3A00%3A00%2B02%3A00&limit=5&before=1-0-0");
    }
}
