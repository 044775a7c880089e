//! What the office changes, and what it sees of people, cash and voids.

use barrow_core::{
    card::Reader,
    config::Rules,
    ids::{SaleId, Seq, StaffId, TillId},
    journal::{Body, LockCause},
    money::{AMOUNT_MAX, Minor},
    sale::{Discount, Totals, Void},
    staff::{LogInWay, Permission, Role},
    tax::{self, Ppm, Tax, TaxMode},
    wire::Batch,
};
use serde_json::{Value, json};

use super::{
    enrolled,
    support::{
        Answer, Backend, Office, Server,
        till::{AskPin, Till, payment_id, sale},
    },
};

/// The rules as the office's page sends them back.
fn form(office: &Office) -> Value {
    let mut rules = office.answer("rules").json();
    for role in rules["roles"].as_array_mut().unwrap() {
        role.as_object_mut().unwrap().remove("preset");
    }
    for field in ["version", "currency", "permissions"] {
        rules.as_object_mut().unwrap().remove(field);
    }
    rules
}

fn version(office: &Office) -> u64 {
    office.answer("rules").json()["version"].as_u64().unwrap()
}

pub fn rules_reach_the_tills(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let office = server.office();
    let first = office.answer("rules").json();
    assert_eq!(first["currency"], json!({"code": "EUR", "symbol": "€", "decimals": 2}));
    assert_eq!((first["idle_lock_minutes"].as_u64(), first["credential_days"].as_u64()), (Some(2), Some(7)));
    let roles: Vec<_> = first["roles"].as_array().unwrap().iter().map(|r| (r["role"].as_str().unwrap(), &r["preset"])).collect();
    assert_eq!(roles.iter().map(|(role, _)| *role).collect::<Vec<_>>(), ["cashier", "supervisor", "manager", "auditor"]);
    assert!(roles.iter().all(|(_, preset)| **preset == true));
    assert_eq!(first["permissions"].as_array().unwrap().len(), Permission::ALL.len());
    assert_eq!(first["permissions"][4], json!({"name": "void_sale", "words": "void a sale"}));
    let promotions = till.config.rules.promotions.clone();
    let presets = Rules { promotions: promotions.clone(), ..Rules::default() };
    assert_eq!((&till.config.rules, till.config.idle_lock_minutes), (&presets, 2));

    let mut wanted = form(&office);
    wanted["idle_lock_minutes"] = 9.into();
    wanted["lock_when_hidden"] = true.into();
    wanted["blind_count"] = true.into();
    wanted["credential_days"] = 3.into();
    wanted["difference_max_minor"] = 250.into();
    wanted["roles"][0]["permissions"] = json!(["sell", "void_sale", "refund"]);
    wanted["roles"][0]["discount_percent_max"] = 25.into();
    wanted["roles"][0]["refund_max_minor"] = 5000.into();
    let answer = office.send("PUT", "rules", &wanted);
    assert_eq!(answer.status, 200, "{answer:?}");
    let now = answer.json();
    assert_eq!(now, office.answer("rules").json());
    assert_eq!(now["version"].as_u64(), first["version"].as_u64().map(|v| v + 1));
    assert_eq!((&now["roles"][0]["preset"], &now["roles"][1]["preset"]), (&json!(false), &json!(true)));
    let tag = format!("\"{}\"", first["version"]);
    let config = till.read_config(&till.get_config(Some(&tag)));
    let cashier = config.powers(Role::Cashier);
    assert!(cashier.has(Permission::VoidSale) && !cashier.has(Permission::Discount));
    assert_eq!((cashier.discount_percent_max, cashier.refund_max), (25, Minor(5000)));
    assert_eq!(config.rules.roles.len(), 1, "what is as its preset is not sent");
    let rules = Rules {
        roles: config.rules.roles.clone(),
        lock_when_hidden: true,
        credential_days: 3,
        blind_count: true,
        difference_max: Minor(250),
        promotions: promotions.clone(),
        labels: Default::default(),
        ..Rules::default()
    };
    assert_eq!((&config.rules, config.idle_lock_minutes, config.version), (&rules, 9, now["version"].as_u64().unwrap()));

    // Promotions and labels stay where a form leaves them out, and change where it names them.
    let mut shelves = wanted.clone();
    shelves["promotions"] =
        json!([{"name": "Happy hour", "deal": {"percent": 100_000}, "when": {"minutes": [1020, 1140], "utc_offset_min": 60}}]);
    shelves["labels"] = json!({"28": "weight"});
    assert_eq!(office.send("PUT", "rules", &shelves).status, 200);
    let config = till.read_config(&till.get_config(None));
    assert_eq!(
        (config.rules.promotions.len(), config.rules.promotions[0].name.as_str(), config.rules.labels.len()),
        (1, "Happy hour", 1)
    );
    wanted["promotions"] = json!(promotions);
    wanted["labels"] = json!({});
    let now = office.send("PUT", "rules", &wanted).json();

    // The same again is no change; the preset again is none of its own.
    assert_eq!(office.send("PUT", "rules", &wanted).json()["version"], now["version"]);
    let preset = Role::Cashier.preset();
    wanted["roles"][0] = json!({
        "role": "cashier", "permissions": preset.permissions, "discount_percent_max": preset.discount_percent_max,
        "refund_max_minor": preset.refund_max.0,
    });
    assert_eq!(office.send("PUT", "rules", &wanted).json()["roles"][0]["preset"], true);
    assert!(till.read_config(&till.get_config(None)).rules.roles.is_empty());
}

pub fn the_counter_is_changed_a_part_at_a_time(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let office = server.office();
    let before = form(&office);
    assert_eq!((&before["shortcuts"]["charge"], &before["shortcuts"]["help"]), (&json!("F2"), &json!("?")));
    let promotions = json!([{"name": "3 for 2", "deal": {"n_for_m": {"take": 3, "pay": 2}}}]);
    let now = office.send("PATCH", "rules", &json!({"promotions": promotions})).json();
    assert_eq!(now["promotions"][0]["name"], "3 for 2");
    let now = office.send("PATCH", "rules", &json!({"shortcuts": {"charge": "alt + k", "lock": null, "park": "F8"}})).json();
    assert_eq!((&now["shortcuts"]["charge"], &now["shortcuts"]["lock"]), (&json!("Alt+K"), &json!(null)));
    let now = office.send("PATCH", "rules", &json!({"labels": {"2": "price"}})).json();
    let config = till.read_config(&till.get_config(None));
    assert_eq!((config.rules.promotions.len(), config.rules.labels.len(), config.rules.shortcuts.len()), (1, 1, 2));
    // The rest is as it was, and the form for the rest leaves this as it is.
    let mut rest = form(&office);
    assert_eq!(rest["roles"], before["roles"]);
    for part in ["promotions", "labels", "shortcuts"] {
        rest.as_object_mut().unwrap().remove(part);
    }
    rest["blind_count"] = true.into();
    let saved = office.send("PUT", "rules", &rest).json();
    assert_eq!((&saved["promotions"], &saved["shortcuts"]), (&now["promotions"], &now["shortcuts"]));
    let version = version(&office);
    for nothing in [json!({}), json!({"promotions": promotions}), json!({"shortcuts": {"charge": "Alt+K", "lock": null}})] {
        assert_eq!(office.send("PATCH", "rules", &nothing).json()["version"], version);
    }
    for wrong in [
        json!({"shortcuts": {"charge": "F5"}}),
        json!({"shortcuts": {"charge": "F3"}}),
        json!({"shortcuts": {"rob": "F3"}}),
        json!({"promotions": [{"name": "", "deal": {"percent": 1}}]}),
        json!({"promotions": [{"name": "x", "deal": {"n_for_m": {"take": 2, "pay": 2}}}]}),
        json!({"labels": {"30": "price"}}),
    ] {
        office.send("PATCH", "rules", &wrong).is_problem(422, "/problems/invalid");
    }
    for wrong in [json!("x"), json!({"labels": {"x": "price"}}), json!({"shortcuts": 7})] {
        office.send("PATCH", "rules", &wrong).is_problem(400, "/problems/malformed");
    }
    assert_eq!(office.answer("rules").json()["version"], version, "nothing of it was taken");
}

pub fn rules_that_cannot_be_are_refused(backend: &Backend) {
    let server = Server::start(backend);
    let office = server.office();
    let before = office.answer("rules").json();
    for (at, value) in [
        ("/roles/0/permissions/0", json!("fly")),
        ("/roles/0/role", json!("king")),
        ("/roles/0/role", json!("manager")),
        ("/roles", json!([])),
        ("/roles/0/discount_percent_max", json!(101)),
        ("/roles/0/discount_percent_max", json!(-1)),
        ("/roles/0/refund_max_minor", json!(-1)),
        ("/roles/0/refund_max_minor", json!(AMOUNT_MAX + 1)),
        ("/difference_max_minor", json!(-1)),
        ("/idle_lock_minutes", json!(-1)),
        ("/idle_lock_minutes", json!(5_000_000_000u64)),
        ("/credential_days", json!(366)),
    ] {
        let mut wanted = form(&office);
        *wanted.pointer_mut(at).unwrap() = value;
        office.send("PUT", "rules", &wanted).is_problem(422, "/problems/invalid");
    }
    let mut text = form(&office);
    text["blind_count"] = "yes".into();
    for wanted in [text, json!({}), json!([]), json!(null)] {
        office.send("PUT", "rules", &wanted).is_problem(400, "/problems/malformed");
    }
    assert_eq!(office.answer("rules").json(), before);
    assert_eq!(office.get("audit"), Vec::<Value>::new());
}

pub fn people_come_and_go(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let office = server.office();
    let names = || till.read_config(&till.get_config(None)).staff.into_iter().map(|p| (p.name, p.role)).collect::<Vec<_>>();
    let added = office.send("POST", "staff", &json!({"name": "  Zoë Q. ", "role": "supervisor"}));
    assert_eq!((added.status, added.json()), (201, json!({"id": 4, "name": "Zoë Q.", "role": "supervisor", "active": true})));
    assert_eq!(names()[3], ("Zoë Q.".to_owned(), Role::Supervisor));
    let changed = office.send("PATCH", "staff/4", &json!({"name": "Zoë", "role": "auditor"}));
    assert_eq!((changed.status, changed.json()), (200, json!({"id": 4, "name": "Zoë", "role": "auditor", "active": true})));
    assert_eq!(names()[3], ("Zoë".to_owned(), Role::Auditor));

    // Leaving: out of the next configuration, and every open code is void.
    let code = |id: u64| office.send("POST", &format!("staff/{id}/first-pin-code"), &json!({"till": 1}));
    let open = code(4).json()["code"].as_str().unwrap().to_owned();
    let elsewhere = server.place.codes(&["--till", "1"]).staff[3].1.clone();
    let before = version(&office);
    assert_eq!(office.send("PATCH", "staff/4", &json!({"active": false})).json()["active"], false);
    assert_eq!((version(&office), names().len()), (before + 1, 3));
    assert_eq!(till.deliver_batch(&till.batch(&[])).config_version, before + 1);
    for code in [open, elsewhere] {
        till.first_pin(&AskPin::new(4, &code)).is_problem(403, "/problems/first-pin-code-wrong");
    }
    code(4).is_problem(409, "/problems/staff-left");
    assert_eq!(office.get("staff")[3]["active"], false, "their row stays: old entries name them");
    // Nothing new is no change.
    assert_eq!(office.send("PATCH", "staff/4", &json!({"active": false, "name": "Zoë"})).status, 200);
    assert_eq!(version(&office), before + 1);
    // A name is free once its owner has left; then its owner cannot come back under it.
    assert_eq!(office.send("POST", "staff", &json!({"name": "ZOË", "role": "cashier"})).json()["id"], 5);
    office.send("PATCH", "staff/4", &json!({"active": true})).is_problem(409, "/problems/name-taken");
    assert_eq!(office.send("PATCH", "staff/4", &json!({"active": true, "name": "Zoë Two"})).status, 200);
    assert_eq!(names().len(), 5);

    let before = version(&office);
    for (body, status, kind) in [
        (json!({"name": "", "role": "cashier"}), 422, "/problems/invalid"),
        (json!({"name": " \t", "role": "cashier"}), 422, "/problems/invalid"),
        (json!({"name": "x".repeat(81), "role": "cashier"}), 422, "/problems/invalid"),
        (json!({"name": "a\u{0}b", "role": "cashier"}), 422, "/problems/invalid"),
        (json!({"name": "New", "role": "king"}), 422, "/problems/invalid"),
        (json!({"name": "cashier", "role": "cashier"}), 409, "/problems/name-taken"),
        (json!({"name": "New"}), 400, "/problems/malformed"),
        (json!({"name": 5, "role": "cashier"}), 400, "/problems/malformed"),
        (json!({"name": "New", "role": "cashier", "admin": true}), 400, "/problems/malformed"),
        (json!("New"), 400, "/problems/malformed"),
    ] {
        office.send("POST", "staff", &body).is_problem(status, kind);
    }
    for (path, body, status, kind) in [
        ("staff/1", json!({}), 400, "/problems/malformed"),
        ("staff/1", json!({"pin": "123456"}), 400, "/problems/malformed"),
        ("staff/1", json!({"name": "Manager"}), 409, "/problems/name-taken"),
        ("staff/1", json!({"role": "King"}), 422, "/problems/invalid"),
        ("staff/99", json!({"active": true}), 404, "/problems/not-found"),
        ("staff/x", json!({"active": true}), 404, "/problems/not-found"),
        ("staff/18446744073709551615", json!({"active": true}), 404, "/problems/not-found"),
    ] {
        office.send("PATCH", path, &body).is_problem(status, kind);
    }
    assert_eq!(version(&office), before);
}

pub fn the_last_manager_stays(backend: &Backend) {
    let server = Server::start(backend);
    let office = server.office();
    for body in [json!({"active": false}), json!({"role": "cashier"}), json!({"role": "auditor", "active": false})] {
        office.send("PATCH", "staff/3", &body).is_problem(409, "/problems/last-manager");
    }
    assert_eq!(office.send("PATCH", "staff/3", &json!({"name": "Boss"})).status, 200);
    assert_eq!(office.send("PATCH", "staff/2", &json!({"role": "manager"})).status, 200);
    assert_eq!(office.send("PATCH", "staff/3", &json!({"active": false})).status, 200);
    office.send("PATCH", "staff/2", &json!({"role": "supervisor"})).is_problem(409, "/problems/last-manager");
    let refused = server.place.run(&["staff", "revoke", "2"]);
    assert!(refused.status.code() == Some(2) && String::from_utf8(refused.stderr).unwrap().contains("only manager"));
}

pub fn codes_from_the_office_are_bound_to_a_till(backend: &Backend) {
    let (server, till) = enrolled(backend);
    let other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    let office = server.office();
    let make = |staff: u64, till: u64| office.send("POST", &format!("staff/{staff}/first-pin-code"), &json!({"till": till}));
    let code = |answer: &Answer| answer.json()["code"].as_str().unwrap().to_owned();
    let older = code(&make(1, 1));
    let made = make(1, 1);
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    assert!(made.json()["expires_at"].as_str().unwrap().ends_with('Z'));
    let newer = code(&made);
    other.first_pin(&AskPin::new(1, &newer)).is_problem(403, "/problems/first-pin-code-wrong");
    till.first_pin(&AskPin::new(2, &newer)).is_problem(403, "/problems/first-pin-code-wrong");
    till.first_pin(&AskPin::new(1, &older)).is_problem(403, "/problems/first-pin-code-wrong");
    assert_eq!(till.first_pin(&AskPin::new(1, &newer)).status, 200);
    // A code for another till is still good.
    let there = code(&make(1, 2));
    make(1, 1);
    assert_eq!(other.first_pin(&AskPin::new(1, &there)).status, 200);
    make(99, 1).is_problem(404, "/problems/not-found");
    make(1, 99).is_problem(404, "/problems/not-found");
    make(1, u64::MAX).is_problem(404, "/problems/not-found");
    office.send("POST", "staff/1/first-pin-code", &json!({})).is_problem(400, "/problems/malformed");
    server.place.ok(&["revoke-till", "2"]);
    make(1, 2).is_problem(409, "/problems/till-out-of-use");
}

pub fn only_the_offices_own_page_writes(backend: &Backend) {
    let server = Server::start(backend);
    let mut office = server.office();
    let before = (office.answer("rules").json(), office.get("staff"));
    let mut rules = form(&office);
    rules["blind_count"] = true.into();
    let writes = [
        ("PUT", "rules", rules),
        ("POST", "staff", json!({"name": "Eve", "role": "manager"})),
        ("PATCH", "staff/1", json!({"role": "manager"})),
        ("POST", "staff/1/first-pin-code", json!({"till": 1})),
    ];
    const JSON: (&str, &str) = ("content-type", "application/json");
    for (method, path, body) in &writes {
        for stranger in [
            ("origin", "https://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            office.send_as(method, path, &body.to_string(), &[JSON, stranger]).is_problem(403, "/problems/cross-site");
        }
        // What a form of another site can send without asking.
        for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
            office.send_as(method, path, &body.to_string(), &[("content-type", kind)]).is_problem(415, "/problems/media-type");
        }
    }
    let cookie = std::mem::replace(&mut office.cookie, "barrow_office=AAAA".into());
    for (method, path, body) in &writes {
        office.send(method, path, body).is_problem(401, "/problems/signed-out");
    }
    office.cookie = cookie;
    assert_eq!((office.answer("rules").json(), office.get("staff")), before);
    assert_eq!(office.get("audit"), Vec::<Value>::new());
    // Our own page, as a browser says it.
    let own = [JSON, ("origin", server.url.as_str()), ("sec-fetch-site", "same-origin")];
    for (method, path, body) in &writes {
        let answer = office.send_as(method, path, &body.to_string(), &own);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
    }
}

/// One till with an entry of each topic but settings, by persons 1 to 3.
fn with_a_trail(server: &Server, till: &mut Till) {
    till.append_by(StaffId(1), Body::LogIn { way: LogInWay::Pin });
    till.open_shift();
    till.sell(240);
    till.append(Body::Refused { what: "void a sale".into(), permission: Permission::VoidSale });
    let order = till.head.hash;
    till.append(Body::Approved { by: StaffId(3), what: "void a sale".into(), permission: Permission::VoidSale, order });
    till.append_by(StaffId(2), Body::CashMoved { amount: Minor(-500), reason: "=HYPERLINK(\"x\")".into() });
    till.append_by(StaffId(2), Body::Locked { cause: LockCause::Button });
    till.append_by(StaffId(9), Body::LogInFailed { as_staff: StaffId(3), count: 2 });
    till.append(Body::ClockBack { was_ms: 5 });
    till.deliver();
    assert_eq!(server.office().alerts(), Vec::<String>::new());
}

fn seqs(rows: &[Value]) -> Vec<u64> {
    rows.iter().map(|row| row["seq"].as_u64().unwrap()).collect()
}

pub fn the_audit_trail_is_filtered_and_paged(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    with_a_trail(&server, &mut till);
    let office = server.office();
    let all = office.get("audit");
    assert_eq!(seqs(&all), [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let of = |seq: u64| all.iter().find(|row| row["seq"] == seq).unwrap();
    let told = |seq: u64| {
        let row = of(seq);
        ["topic", "who", "about", "result", "what"].map(|field| row[field].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(told(1), ["sign-in", "Cashier", "-", "ok", "Signed in"]);
    assert_eq!(told(3), ["sales", "Cashier", "-", "ok", "Sold for €4.80"]);
    assert_eq!(told(4), ["approvals", "Cashier", "-", "refused", "Refused: void a sale (may not void a sale)"]);
    assert!(told(5)[4].starts_with("Manager approved: void a sale [order "));
    assert_eq!(told(5)[2], "Manager");
    assert_eq!(told(6), ["cash", "Supervisor", "-", "ok", "Cash out €5.00: =HYPERLINK(\"x\")"]);
    assert_eq!(told(8), ["sign-in", "somebody unknown", "Manager", "failed", "Wrong PIN, number 2 in a row"]);
    assert_eq!((of(9)["id"].as_str(), of(9)["till_name"].as_str()), (Some("1-1-9"), Some("Till 1")));
    assert_eq!(of(9)["hash"], till.head.hash.to_string());

    for (filter, wanted) in [
        ("topic=sign-in", vec![8, 7, 1]),
        ("topic=approvals", vec![5, 4]),
        ("topic=settings", vec![]),
        ("person=3", vec![8, 5]),
        ("person=2&topic=cash", vec![6]),
        ("person=99", vec![]),
        ("till=1&topic=sales", vec![3]),
        ("till=2", vec![]),
        ("till=office", vec![]),
        ("person=&topic=&till=&from=&to=", vec![9, 8, 7, 6, 5, 4, 3, 2, 1]),
        ("from=2000-01-01&to=2000-12-31", vec![]),
        ("to=1999-12-31", vec![]),
        ("from=2000-01-01&topic=sales", vec![3]),
    ] {
        assert_eq!(seqs(&office.get(&format!("audit?{filter}"))), wanted, "{filter}");
    }
    // Moments, both ends included.
    let at = |seq: u64| of(seq)["at"].as_str().unwrap().to_owned();
    assert_eq!(seqs(&office.get(&format!("audit?from={}&to={}", at(3), at(5)))), [5, 4, 3]);

    // Pages, and the next one's address.
    let mut address = "audit?limit=4".to_owned();
    let mut paged = Vec::new();
    loop {
        let page = office.answer(&address);
        let rows = page.json().as_array().unwrap().clone();
        paged.extend(seqs(&rows));
        let Some(next) = page.header("link").strip_prefix("</v1/office/").and_then(|rest| rest.split_once('>')) else { break };
        assert_eq!(rows.len(), 4);
        address = next.0.to_owned();
    }
    assert_eq!(paged, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
    let filtered = office.answer("audit?person=2&limit=1");
    assert_eq!(seqs(filtered.json().as_array().unwrap()), [7]);
    assert_eq!(filtered.header("link"), "</v1/office/audit?person=2&limit=1&before=1-1-7>; rel=\"next\"");
    assert_eq!(seqs(&office.get("audit?person=2&limit=1&before=1-1-7")), [6]);
    assert_eq!(seqs(&office.get("audit?before=7-7-7")), Vec::<u64>::new());
    for bad in ["person=x", "person=-1", "topic=all", "till=x", "from=yesterday", "to=2026-02-30", "before=x", "limit=x"] {
        office.answer(&format!("audit?{bad}")).is_problem(400, "/problems/malformed");
        office.answer(&format!("audit.csv?{bad}")).is_problem(400, "/problems/malformed");
    }
}

fn table(answer: &Answer) -> Vec<Vec<String>> {
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8; header=present"));
    assert!(answer.text().ends_with("\r\n"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(answer.body.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

pub fn the_audit_trail_is_exported(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    with_a_trail(&server, &mut till);
    let office = server.office();
    office.send("PATCH", "staff/2", &json!({"name": "=1+1, \"Sue\""}));
    let answer = office.answer("audit.csv");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"audit.csv\"");
    let rows = table(&answer);
    assert_eq!(rows[0][..5], ["when", "who", "what", "result", "where"]);
    assert_eq!(rows.len(), 1 + 10);
    assert_eq!((rows[1][1].as_str(), rows[1][4].as_str(), rows[1][5].as_str()), ("owner", "Office", "settings"));
    let moved = rows.iter().find(|row| row[7] == "cash_moved").unwrap();
    assert_eq!((moved[1].as_str(), moved[4].as_str(), moved[9].as_str()), ("'=1+1, \"Sue\"", "Till 1", "6"));
    assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
    // The same filters.
    let only = table(&office.answer("audit.csv?person=3&topic=sign-in"));
    assert_eq!((only.len(), only[1][3].as_str()), (2, "failed"));
    assert_eq!(table(&office.answer("audit.csv?till=99")).len(), 1, "the header alone");
    // More than one page of it.
    for _ in 0..1100 {
        till.append(Body::NoSale { reason: "change".into() });
    }
    for chunk in till.records[9..].chunks(600) {
        till.deliver_batch(&till.batch(chunk));
    }
    let rows = table(&office.answer("audit.csv?till=1"));
    let seqs: Vec<u64> = rows[1..].iter().map(|row| row[9].parse().unwrap()).collect();
    assert_eq!(seqs, (1..=1109).rev().collect::<Vec<_>>());
    assert_eq!(table(&office.answer("audit.csv")).len(), 1 + 1109 + 1);
}

pub fn the_offices_own_changes_are_in_the_trail(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    let office = server.office();
    till.open_shift();
    till.deliver();
    let mut rules = form(&office);
    rules["idle_lock_minutes"] = 0.into();
    rules["roles"][0]["permissions"] = json!(["sell", "refund"]);
    office.send("PUT", "rules", &rules);
    office.send("POST", "staff", &json!({"name": "Kim", "role": "cashier"}));
    let code = office.send("POST", "staff/4/first-pin-code", &json!({"till": 1})).json()["code"].as_str().unwrap().to_owned();
    office.send("PATCH", "staff/4", &json!({"name": "Kim L", "role": "supervisor", "active": false}));
    server.place.ok(&["staff", "add", "Lou"]);
    server.place.ok(&["enrol-code", "--till", "1"]);
    let rows = office.get("audit");
    let told: Vec<_> = rows.iter().map(|row| [&row["who"], &row["what"]].map(|v| v.as_str().unwrap_or("-"))).collect();
    assert_eq!(told[0], ["Command line", "Made an enrolment code for till 1, with first-PIN codes for everybody"]);
    assert_eq!(told[1], ["Command line", "Added Lou as cashier"]);
    assert_eq!(told[2], ["owner", "Took Kim L off the tills"]);
    assert_eq!(told[3], ["owner", "Changed Kim L to supervisor (was cashier)"]);
    assert_eq!(told[4], ["owner", "Renamed Kim to Kim L"]);
    assert_eq!(told[5], ["owner", "Made a first-PIN code for Kim at till 1"]);
    assert_eq!(told[6], ["owner", "Added Kim as cashier"]);
    assert!(
        told[7][1]
            .starts_with("Changed the rules: idle lock: never (was 2 min); cashier: may now refund; cashier: may no longer ")
    );
    assert_eq!(told[8][1], "Opened a shift with €100.00");
    assert_eq!(rows.len(), 9);
    let row = &rows[2];
    assert_eq!((row["id"].as_str(), row["till"].as_u64(), row["till_name"].as_str()), (Some("0-0-6"), Some(0), Some("Office")));
    assert_eq!(
        (row["topic"].as_str(), row["about"].as_str(), row["kind"].as_str()),
        (Some("settings"), Some("Kim L"), Some("staff_left"))
    );
    assert_eq!(row["hash"].as_str().unwrap().len(), 64);
    // No code stands in it.
    assert!(!office.answer("audit").text().contains(&code) && !office.answer("audit.csv").text().contains(&code));

    assert_eq!(seqs(&office.get("audit?till=office&limit=2")), [8, 7]);
    assert_eq!(seqs(&office.get("audit?topic=settings&before=0-0-3")), [2, 1]);
    assert_eq!(seqs(&office.get("audit?person=4")), [6, 5, 4, 3, 2]);
    assert_eq!(office.get("audit?till=1").len(), 1);
    assert_eq!(office.get("audit?before=0-0-1").len(), 1, "the till's entry came before");
    assert_eq!(office.get("audit?to=2000-01-01").len(), 0);
}

fn voided(office: &Office, id: &str) -> Value {
    office.get("sales").iter().find(|sale| sale["id"] == id).unwrap()["voided"].clone()
}

pub fn a_voided_sale_is_voided_once(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    let office = server.office();
    till.open_shift();
    let first = till.sell(240);
    till.sell(100);
    till.void(first, 480, 480);
    let at_ms = till.clock_ms;
    till.deliver();
    till.deliver();
    assert_eq!(office.alerts(), Vec::<String>::new());
    let void = voided(&office, "1-1-2");
    assert_eq!((void["by"].as_str(), void["reason"].as_str()), (Some("Supervisor"), Some("=wrong, \"change\"")));
    assert_eq!((void["at_ms"].as_i64(), void["at"].as_str().unwrap().ends_with('Z')), (Some(at_ms), true));
    assert_eq!(voided(&office, "1-1-3"), Value::Null);
    let shift = &office.get("reports/shifts")[0];
    let figures = |shift: &Value| ["sales", "gross_minor", "voids", "voided_minor"].map(|field| shift[field].as_i64().unwrap());
    assert_eq!(figures(shift), [2, 200, 1, 480], "a voided sale is in no sum");

    // Again, at another time by somebody else: the first stands.
    till.void(first, 480, 480);
    // A sale that never was, and one that is none; one that is still to come.
    till.void(Seq(1), 100, 100);
    till.void(Seq(999), 100, 100);
    // Another amount than the sale's: the money was given back, so it counts, and is told.
    till.void(Seq(3), 199, 199);
    let ack = till.deliver();
    assert_eq!((ack.seq, ack.hash), (Seq(8), till.head.hash), "none is refused");
    assert_eq!(office.alerts(), ["bad-void@5", "bad-void@6", "bad-void@7", "bad-void@8"]);
    assert_eq!(voided(&office, "1-1-2"), void);
    assert!(voided(&office, "1-1-3").is_object());
    assert_eq!(figures(&office.get("reports/shifts")[0]), [2, 0, 2, 680]);
    let trail = office.get("audit?topic=sales");
    assert_eq!(trail.iter().filter(|row| row["kind"] == "sale_voided").count(), 5);
    assert_eq!(trail[0]["flags"], json!(["bad-void"]));
    assert_eq!(trail[4]["what"], "Voided sale 1-1-2 of €4.80: =wrong, \"change\"");

    // No till takes back another's sale.
    let mut other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    other.open_shift();
    let kept = till.sell(500);
    till.deliver();
    let foreign = SaleId { till: TillId(1), epoch: till.head.epoch, seq: kept };
    other.append(Body::SaleVoided(Void {
        sale: foreign,
        reason: "x".into(),
        due: Minor(1000),
        outside: Minor(0),
        turnover: Minor(-1000),
    }));
    other.deliver();
    assert_eq!(voided(&office, &foreign.to_string()), Value::Null);
    assert_eq!(office.get("alerts?till=2")[0]["kind"], "bad-void");
    // Whoever checks the exported journal finds the same.
    let file = server.place.path("journal");
    server.place.ok(&["export", "--till", "1", file.to_str().unwrap()]);
    let verify = server.place.run(&["verify", file.to_str().unwrap()]);
    let found = [5, 6, 7, 8].map(|seq| format!("bad-void at seq {seq} (till 1, epoch 1)\n")).concat();
    assert_eq!((verify.status.code(), String::from_utf8_lossy(&verify.stdout).into_owned()), (Some(1), found));
}

pub fn a_void_may_come_before_its_sale(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    let office = server.office();
    till.open_shift();
    let sold = till.sell(240);
    till.void(sold, 480, 480);
    till.deliver_batch(&till.batch(&till.records[..1]));
    // The till says that it has lost the sale.
    till.deliver_batch(&Batch { holds_from: Seq(3), ..till.batch(&till.records[2..]) });
    assert_eq!(office.alerts(), ["bad-void@3", "gap@2"]);
    assert_eq!(office.get("sales").len(), 0);
    till.deliver_batch(&till.batch(&till.records[1..2]));
    assert_eq!(voided(&office, "1-1-2")["by"], "Supervisor");
    // One of an earlier shift is taken back, and told.
    let mut next = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    next.open_shift();
    let sold = next.sell(100);
    next.close_shift();
    next.open_shift();
    next.void(sold, 200, 200);
    next.deliver();
    assert_eq!(office.get("alerts?till=2")[0]["kind"], "bad-void");
    assert!(voided(&office, "2-1-2").is_object());
}

pub fn two_peoples_sales_carry_their_names(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    for (person, unit) in [(1, 100), (2, 200), (1, 300), (3, 400)] {
        till.append_by(StaffId(person), Body::Locked { cause: LockCause::Switch });
        till.append_by(StaffId(person), Body::LogIn { way: LogInWay::Pin });
        till.sell_by(StaffId(person), unit);
    }
    till.deliver();
    let office = server.office();
    let sold = |field: &str| -> Vec<(i64, String)> {
        let mut list: Vec<_> = office
            .get("sales")
            .iter()
            .map(|sale| (sale["total_minor"].as_i64().unwrap(), sale[field].as_str().unwrap().to_owned()))
            .collect();
        list.sort();
        list
    };
    let wanted = [(200, "Cashier"), (400, "Supervisor"), (600, "Cashier"), (800, "Manager")];
    assert_eq!(sold("staff"), wanted.map(|(total, name)| (total, name.to_owned())));
    // Who left is still named.
    assert_eq!(office.send("PATCH", "staff/2", &json!({"active": false})).status, 200);
    assert_eq!(sold("staff"), wanted.map(|(total, name)| (total, name.to_owned())));
    assert_eq!(office.get("audit?person=2&topic=sales")[0]["who"], "Supervisor");
}

pub fn discounts_are_reckoned_again(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let rates = [Tax { code: "A".into(), name: String::new(), rate: Ppm(190_000) }];
    let with_discount = |off: i64| {
        let mut sale = sale(1000, 0);
        let line = &mut sale.lines[0];
        line.list_unit = Some(Minor(1200));
        line.discount = Some(Discount { rate: Ppm(100_000), amount: Minor(off), by_amount: false, reason: "staff".into() });
        line.price = Minor(2000 - off);
        let split = tax::split(line.price, &rates, TaxMode::Inclusive).unwrap();
        (line.net, line.taxes, line.gross) = (split.net, split.taxes, split.gross);
        sale.totals = Totals::of(&sale.lines).unwrap();
        sale.tenders[0].amount = sale.totals.gross;
        sale.tenders[0].tendered = Minor(sale.totals.gross.0 + 30);
        sale
    };
    let mut good = with_discount(200);
    good.turnover = Minor(1800);
    till.append(Body::Sale(good));
    // A till that takes more off than the rate gives.
    let mut wrong = with_discount(500);
    wrong.turnover = Minor(1800 + 1500);
    till.append(Body::Sale(wrong));
    till.deliver();
    let office = server.office();
    assert_eq!(office.alerts(), ["totals@3"]);
    for sale in office.get("sales") {
        assert_eq!((sale["total_minor"].as_i64(), sale["net_minor"].as_i64()), (Some(1800), Some(1513)), "{sale}");
        let line = &sale["lines"][0];
        assert_eq!(line["discount"], json!({"rate_ppm": 100_000, "amount_minor": 200, "reason": "staff"}));
        assert_eq!((line["list_unit_minor"].as_i64(), line["price_minor"].as_i64()), (Some(1200), Some(1800)));
    }
    assert_eq!(office.get("audit?topic=sales")[1]["what"], "Sold for €18.00, €2.00 off");
}

pub fn open_and_closed_shifts_are_shown(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    let mut other = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    till.open_shift();
    till.sell(240);
    let closed = till.close_shift();
    let head = till.head.hash;
    till.append(Body::Locked { cause: LockCause::Button });
    till.deliver();
    other.append_by(StaffId(2), Body::LogIn { way: LogInWay::Pin });
    let opened = other.open_shift();
    other.sell(100);
    other.append(Body::CashMoved { amount: Minor(-700), reason: "bank".into() });
    other.append(Body::CashMoved { amount: Minor(50), reason: "coins".into() });
    other.append(Body::NoSale { reason: "change".into() });
    let last = other.sell(300);
    other.void(last, 600, 600);
    other.deliver();
    let office = server.office();
    let shifts = office.get("reports/shifts");
    assert_eq!(shifts.len(), 2);
    let (open, z) = (&shifts[0], &shifts[1]);
    assert_eq!(open["id"], format!("2-1-{opened}"));
    for field in ["closed_at", "closed_by", "counted_minor", "difference_minor", "head"] {
        assert_eq!(open[field], Value::Null, "{field}");
    }
    let numbers = |shift: &Value, fields: &[&str]| fields.iter().map(|field| shift[*field].as_i64().unwrap()).collect::<Vec<_>>();
    let sums =
        ["sales", "gross_minor", "voids", "voided_minor", "cash_in_minor", "cash_out_minor", "no_sales", "discounts_minor"];
    assert_eq!(numbers(open, &sums), [2, 200, 1, 600, 50, 700, 1, 0]);
    let cash = ["float_minor", "expected_minor", "turnover_minor", "from_seq", "to_seq"];
    assert_eq!(numbers(open, &cash), [10_000, 10_000 + 200 - 700 + 50, 200, 2, 8]);
    assert_eq!((open["opened_by"].as_str(), open["till_name"].as_str()), (Some("Cashier"), Some("Till 2")));

    assert_eq!((z["id"].as_str(), z["head"].as_str()), (Some(format!("1-1-{closed}").as_str()), Some(head.to_string().as_str())));
    assert_eq!(numbers(z, &sums), [3, 0, 1, 480, 700, 300, 2, 50]);
    assert_eq!(z["pieces"], json!([{"value_minor": 5000, "count": 2}, {"value_minor": 1990, "count": 1}]));
    assert_eq!((z["opened_by"].as_str(), z["closed_by"].as_str()), (Some("Cashier"), Some("Cashier")));
    assert_eq!(office.get("reports/shifts?till=1").len(), 1);
    assert_eq!(office.get("reports/shifts?limit=1")[0]["id"], open["id"]);
    // A till that enrolled again: the shift of its former life is not open in this one.
    Till::enrol(&server, &server.place.codes(&["--till", "2"]).enrol);
    assert_eq!(office.get("reports/shifts").len(), 1);
}

/// Every field of an answer is in the document, and every field that the document requires is in the answer.
pub fn what_is_answered_is_what_is_described(backend: &Backend) {
    let (server, mut till) = enrolled(backend);
    till.open_shift();
    let sold = till.sell(100);
    till.void(sold, 200, 200);
    let kept = till.sell(100);
    super::refunds::refund_one(&mut till, kept, 100);
    till.close_shift();
    till.open_shift();
    till.sell_by_card(100, payment_id());
    till.sell_sealed(100, payment_id(), "no JWE".into());
    till.sell_by_terminal(100, "SLIP-1");
    till.append(Body::ReaderAttached(Reader { vendor: 1, product: 2, serial: "B1".into(), ..Reader::default() }));
    till.deliver();
    let office = server.office();
    office.send("PATCH", "staff/1", &json!({"name": "Kim"}));
    let url = format!("{}/openapi.json", server.url);
    let document = Answer::of(super::agent().get(url).call()).json();
    for path in [
        "sales",
        "tills",
        "alerts",
        "audit",
        "products",
        "stock",
        "customers",
        "staff",
        "rules",
        "cards",
        "payments",
        "payments/open",
        "mails",
        "terminals",
        "reports/shifts",
    ] {
        let schema =
            &document["paths"][format!("/v1/office/{path}")]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        agree(&document, schema, &office.answer(path).json(), path);
    }
}

fn agree(document: &Value, schema: &Value, value: &Value, at: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        return agree(document, document.pointer(&name[1..]).unwrap(), value, at);
    }
    match value {
        Value::Array(items) => {
            assert_eq!(schema["type"], "array", "{at}");
            for item in items {
                agree(document, &schema["items"], item, at);
            }
        }
        Value::Object(fields) => {
            let described = schema["properties"].as_object().unwrap_or_else(|| panic!("{at} is no object: {schema}"));
            for (name, value) in fields {
                let schema = described.get(name).unwrap_or_else(|| panic!("{at}.{name} is not described"));
                agree(document, schema, value, &format!("{at}.{name}"));
            }
            for name in schema["required"].as_array().unwrap() {
                assert!(fields.contains_key(name.as_str().unwrap()), "{at}.{name} is required");
            }
        }
        Value::Null => {
            assert!(schema["type"].as_array().is_some_and(|types| types.contains(&json!("null"))), "{at} is never null");
        }
        Value::String(word) => {
            if let Some(words) = schema["enum"].as_array() {
                assert!(words.contains(&json!(word)), "{at}: {word}");
            }
        }
        _ => {}
    }
}
