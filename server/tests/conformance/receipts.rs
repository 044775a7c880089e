//! Receipts' codes: what another till gives back on their word, and what their links show to a customer.

use barrow_core::{
    bytes::Hash,
    card::Brand,
    config::TillState,
    ids::{SaleId, Seq, StaffId},
    journal::Body,
    ledger::Paid,
    mail::{Address, MailTo},
    money::{Currency, Milli, Minor},
    proof::{Payment, ReceiptProof, SIGNATURE_LEN, SignedProof, link::Link, text},
    reason::Reason,
    refund::Refund,
    sale::Sale,
    tender::Tender,
};
use barrow_sealing::{
    cose::{self, Domain, SigningKey},
    direct::{self, Purpose},
};

use super::{
    cards::states,
    support::{
        Answer, Backend, Place, Server, agent,
        smtp::Sink,
        till::{Till, payment_id, random, sale},
        until,
    },
};

/// What stands on the receipt of the sale that `till` has just made.
fn proof(till: &Till, sale: &Sale) -> ReceiptProof {
    let id = SaleId { till: till.head.till, epoch: till.head.epoch, seq: till.head.seq };
    ReceiptProof::of(till.head.shop, id, till.head.hash, till.head.at_ms, sale)
}

fn signed(proof: &ReceiptProof, key: &SigningKey) -> SignedProof {
    let payload = proof.to_bytes();
    let signature: [u8; SIGNATURE_LEN] = key.sign(&cose::to_be_signed(Domain::Receipt, &payload));
    SignedProof { payload, signature }
}

/// `till` gives `pieces` of the only line back that the receipt tells of; of it, `before` came back here.
fn give_back(till: &mut Till, (proof, signed): (&ReceiptProof, &SignedProof), before: i64, pieces: i64) -> Seq {
    let paid = Paid { returned: vec![Milli::pieces(before)], ..proof.paid(signed, &till.config).unwrap() };
    let (reason, turnover) = (Reason::parse("damaged").unwrap(), Minor(till.turnover));
    let refund = Refund::of(&paid, &[(0, Milli::pieces(pieces))], &Currency::eur(), &reason, turnover).unwrap();
    till.turnover = refund.turnover.0;
    till.append_by(StaffId(2), Body::Refund(refund))
}

/// Two tills with a shift each.
fn two(backend: &Backend) -> (Server, Till, Till) {
    let (server, mut a) = super::enrolled(backend);
    let mut b = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 2"]).enrol);
    a.open_shift();
    b.open_shift();
    b.sell(5000);
    (server, a, b)
}

pub fn every_till_learns_the_keys_of_the_others(backend: &Backend) {
    let (server, a, b) = two(backend);
    let keys = |till: &Till| {
        let config = till.read_config(&till.get_config(None));
        config.tills.iter().map(|of| (of.till.0, of.epoch.0, of.name.clone(), of.key.0.clone(), of.revoked)).collect::<Vec<_>>()
    };
    let names = |till: &Till| till.config.till_name.clone();
    let expected = |revoked| vec![(1, 1, names(&a), a.key.public(), false), (2, 1, "Till 2".to_owned(), b.key.public(), revoked)];
    assert!(a.config.version < b.config.version, "an enrolment is news for the others");
    assert_eq!((keys(&a), keys(&b)), (expected(false), expected(false)));
    server.place.ok(&["revoke-till", "2"]);
    assert_eq!(keys(&a), expected(true));
    assert_eq!(b.read_config(&b.get_config(None)).state, TillState::Revoked);
}

pub fn a_receipt_speaks_for_a_sale_that_has_not_arrived(backend: &Backend) {
    let (server, mut a, mut b) = two(backend);
    let mut c = Till::enrol(&server, &server.place.codes(&["--new-till", "Till 3"]).enrol);
    c.open_shift();
    let office = server.office();
    a.sell(300);
    let proof = proof(&a, &sale(300, 600));
    let good = signed(&proof, &a.key);
    let at_b = give_back(&mut b, (&proof, &good), 0, 1);
    assert_eq!(b.deliver().seq, at_b);
    assert_eq!(office.alerts(), Vec::<String>::new(), "the sale is not here yet, and its till's word is");
    let row = office.get("sales").into_iter().find(|row| row["id"] == format!("2-1-{at_b}")).unwrap();
    assert_eq!((row["of"].as_str(), row["total_minor"].as_i64()), (Some("1-1-2"), Some(-300)));

    // A third till, which does not know of it either: two pieces were sold, and three have come back.
    let at_c = give_back(&mut c, (&proof, &good), 0, 2);
    c.deliver();
    assert_eq!(office.alerts(), [format!("double-refund@{at_c}")]);
    // And the till that sold, whose own refund comes last of all.
    let own = Refund { proof: None, ..own_refund(&a, &proof) };
    a.turnover = own.turnover.0;
    let at_a = a.append_by(StaffId(2), Body::Refund(own));
    a.deliver();
    let mut alerts = office.alerts();
    alerts.sort();
    let mut expected = vec![format!("double-refund@{at_a}"), format!("double-refund@{at_c}")];
    expected.sort();
    assert_eq!(alerts, expected);
}

/// What the till that sold writes of its own sale: one piece.
fn own_refund(till: &Till, proof: &ReceiptProof) -> Refund {
    let paid = Paid {
        id: proof.sale,
        at_ms: 0,
        staff: None,
        sale: sale(300, 600),
        voided: false,
        returned: Vec::new(),
        proof: None,
        exchanged: None,
        copies: 0,
        hash: None,
    };
    let reason = Reason::parse("damaged").unwrap();
    Refund::of(&paid, &[(0, Milli::pieces(1))], &Currency::eur(), &reason, Minor(till.turnover)).unwrap()
}

pub fn what_no_till_has_signed_is_flagged(backend: &Backend) {
    let (server, mut a, mut b) = two(backend);
    let office = server.office();
    a.sell(300);
    let honest = proof(&a, &sale(300, 600));
    let dearer = proof(&a, &sale(400, 800));
    let mut other_entry = honest.clone();
    other_entry.entry = Hash::of(b"another entry");
    let mut unknown = honest.clone();
    unknown.sale.epoch.0 = 9;
    // By the wrong key; of a till that never was; truly signed, but of another sale than the one that arrives.
    let by_another = signed(&honest, &b.key);
    let forged = give_back(&mut b, (&honest, &by_another), 0, 1);
    let nobody = give_back(&mut b, (&unknown, &signed(&unknown, &a.key)), 0, 1);
    b.deliver();
    let mut expected = vec![format!("bad-refund@{forged}"), format!("bad-refund@{nobody}")];
    let alerts = |expected: &mut Vec<String>| {
        let mut alerts = office.alerts();
        alerts.sort();
        expected.sort();
        assert_eq!(alerts, *expected);
    };
    alerts(&mut expected);
    a.deliver();
    let entry = give_back(&mut b, (&other_entry, &signed(&other_entry, &a.key)), 0, 1);
    let lines = give_back(&mut b, (&dearer, &signed(&dearer, &a.key)), 0, 1);
    b.deliver();
    expected.extend([format!("bad-refund@{entry}"), format!("bad-refund@{lines}")]);
    alerts(&mut expected);

    // A sale that another till gave something back of is not voided, whichever of the two arrives first.
    a.sell(700);
    let sold = proof(&a, &sale(700, 0));
    give_back(&mut b, (&sold, &signed(&sold, &a.key)), 0, 1);
    b.deliver();
    let void = a.void(sold.sale.seq, 1400, 1400);
    a.deliver();
    expected.push(format!("bad-void@{void}"));
    alerts(&mut expected);
}

pub fn a_card_that_was_given_back_elsewhere_is_not_asked_for(backend: &Backend) {
    let (server, mut a, mut b) = two(backend);
    let office = server.office();
    let payment = payment_id();
    a.sell_by_card(500, payment);
    let card = Payment::Card { amount: Minor(1000), payment, brand: Brand::Mastercard, last4: "7189".into() };
    let proof = ReceiptProof { paid: vec![card], ..proof(&a, &sale(500, 0)) };
    let at = give_back(&mut b, (&proof, &signed(&proof, &a.key)), 0, 2);
    b.deliver();
    assert_eq!(office.alerts(), [format!("card-refund@{at}")], "the payment is not known here yet");
    a.deliver();
    assert_eq!(states(&server)[&payment.to_string()], "cancelled");
    let alert = &office.get("alerts")[0];
    assert_eq!(alert["answered"]["by"], "the server", "so nobody has to ask for anything");
}

/// The link of a receipt's QR, at this server.
fn link_to(till: &Till, link: &Link) -> Vec<u8> {
    let to = till.record.seal_keys.iter().find(|key| key.suite == 1).unwrap();
    let aad = till.head.shop.to_string();
    direct::seal_to(&to.key.0, Purpose::Receipt, aad.as_bytes(), &link.to_bytes(), &mut random).unwrap()
}

fn open(server: &Server, path: &str) -> Answer {
    Answer::of(agent().get(format!("{}{path}", server.url)).call())
}

pub fn a_receipts_link_opens_once_the_sale_has_arrived(backend: &Backend) {
    let (server, mut a, mut b) = two(backend);
    a.sell(300);
    let proof = proof(&a, &sale(300, 600));
    let link = link_to(&a, &Link::to(proof.sale, &proof.entry));
    let signed = signed(&proof, &a.key);
    let code = text::write(&server.url, &link, &signed);
    let (path, fragment) = code[server.url.len()..].split_once('#').unwrap();
    assert!(fragment.len() > 160 && path.starts_with("/R/") && code.len() < 500, "{} characters", code.len());

    let early = open(&server, path);
    assert_eq!(early.status, 404);
    assert!(early.text().contains("has not sent this sale yet"), "{}", early.text());
    a.deliver();
    for path in [path.to_owned(), path.to_lowercase()] {
        let shown = open(&server, &path);
        assert_eq!((shown.status, shown.header("cache-control")), (200, "no-store"));
        assert!(shown.header("content-type").starts_with("text/html") && shown.header("x-robots-tag") == "noindex");
        let html = shown.text();
        for part in ["Espresso, single", "€6.00", "2 × €3.00", "Cash handed over", "€6.30", &format!("Sale {}", proof.sale)]
        {
            assert!(html.contains(part), "{part} in {html}");
        }
        for never in ["<script", "javascript:", "Cashier", "style="] {
            assert!(!html.contains(never), "{never} in {html}");
        }
    }
    assert_eq!(open(&server, "/receipt.css").header("content-type"), "text/css; charset=utf-8");
    give_back(&mut b, (&proof, &signed), 0, 1);
    b.deliver();
    assert!(open(&server, path).text().contains("€3.00 of it was given back"));
    let last = a.sell(700);
    let voided = proof_at(&a, last);
    a.void(last, 1400, 1400);
    a.deliver();
    let path = format!("/r/{}", text::encode(&link_to(&a, &voided)));
    assert!(open(&server, &path).text().contains("This sale was voided"));

    // Who knows the server's public key and a sale's number still does not know what stands in its entry.
    let guess = Link { secret: [0; 16], ..Link::to(proof.sale, &proof.entry) };
    let guessed = open(&server, &format!("/r/{}", text::encode(&link_to(&a, &guess))));
    assert_eq!(guessed.status, 404);
    assert!(!guessed.text().contains("Espresso"));
    let shift = Link { sale: SaleId { seq: Seq(1), ..proof.sale }, ..guess };
    for link in [link_to(&a, &shift), vec![1; 70], Vec::new(), link_to(&a, &guess)[1..].to_vec()] {
        let answer = open(&server, &format!("/r/{}x", text::encode(&link)));
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
    let other_shop = direct::seal_to(
        &a.record.seal_keys.iter().find(|key| key.suite == 1).unwrap().key.0,
        Purpose::Receipt,
        b"99",
        &Link::to(proof.sale, &proof.entry).to_bytes(),
        &mut random,
    );
    assert_eq!(open(&server, &format!("/r/{}", text::encode(&other_shop.unwrap()))).status, 404);
    assert!(open(&server, "/r/%3Cscript%3E").text().contains("There is no receipt"));

    // Made-up references run into a limit; true ones do not.
    let asked: Vec<u16> = (0..40).map(|_| open(&server, "/r/AAAA").status).collect();
    assert_eq!(asked.last(), Some(&429));
    let again = {
        let seq = a.sell(100);
        link_to(&a, &proof_at(&a, seq))
    };
    a.deliver();
    assert_eq!(open(&server, &format!("/r/{}", text::encode(&again))).status, 200);
}

pub fn a_receipts_page_and_letter_show_what_the_paper_shows(backend: &Backend) {
    let sink = Sink::start();
    let server = Place::new(backend).serve_with(&["--smtp", &sink.url, "--mail-from", "Demo <shop@example.com>"]);
    let mut a = Till::enrol(&server, &server.codes().enrol);
    a.open_shift();
    // Two at 3.00 with a tip of 0.84, in cash that is rounded by a cent.
    a.turnover += 601;
    let mut tipped = sale(300, a.turnover);
    (tipped.tip, tipped.rounding) = (Minor(84), Minor(1));
    tipped.tenders = vec![Tender::cash(Minor(685), Minor(1000)).unwrap()];
    assert_eq!(tipped.check(), Ok(()));
    let paid = {
        let seq = a.append(Body::Sale(tipped.clone()));
        let id = SaleId { till: a.head.till, epoch: a.head.epoch, seq };
        Paid { hash: Some(a.head.hash), ..proofless(id, tipped) }
    };
    let path = |till: &Till| format!("/r/{}", text::encode(&link_to(till, &proof_at(till, till.head.seq))));
    let tipped_at = path(&a);
    // Both come back for one that costs less: 2.00 are given back in cash.
    let (both, reason) = ([(0, Milli::pieces(2))], Reason::parse("too small").unwrap());
    let refund = Refund::in_exchange(&paid, &both, &Currency::eur(), &reason, Minor(400), Minor(a.turnover)).unwrap();
    a.turnover = refund.turnover.0;
    a.append(Body::Refund(refund));
    a.turnover += 400;
    let mut taken = sale(200, a.turnover);
    (taken.tenders, taken.exchange) = (vec![Tender::exchange(Minor(400))], Some(Seq(0)));
    let seq = a.append(Body::Sale(taken));
    let (taken_at, chain) = (path(&a), a.head.hash.short());
    let beside = MailTo::new([7; 16], &Address::parse("anna@example.org").unwrap());
    let of = SaleId { seq, ..paid.id };
    a.append(Body::ReceiptRequested { of, to: beside.hash(), beside: Some(beside) });
    a.deliver();

    let html = open(&server, &tipped_at).text();
    let row = |name: &str, amount: &str| format!("<th scope=\"row\">{name}</th><td>{amount}</td>");
    for part in [row("Tip", "€0.84"), row("Cash rounding", "€0.01"), "id=\"total\">€6.85<".into(), row("Change", "€3.15")]
    {
        assert!(html.contains(&part), "{part} in {html}");
    }
    assert!(html.contains(&format!("Journal {}", paid.hash.unwrap().short())) && html.contains(" UTC · "), "{html}");

    let html = open(&server, &taken_at).text();
    let came = row(&format!("Came back of sale {}", paid.id), "");
    for part in [came, row("2 × Espresso, single", "−€6.00"), row("Given back in cash", "€2.00"), row("Exchange", "€4.00")]
    {
        assert!(html.contains(&part), "{part} in {html}");
    }
    until("the letter is there", || !sink.mails().is_empty());
    // As mail writes it (RFC 2045): without soft line breaks.
    let letter = sink.mails()[0].data.replace("=\n", "");
    let plain = letter.split("text/html").next().unwrap();
    for part in [&format!("Came back of sale {}", paid.id), "Given back in cash", "2.00", &format!("Journal {chain}"), "UTC"] {
        assert!(plain.contains(part), "{part} in {plain}");
    }
    assert!(!plain.contains("back in cash."), "no order to the cashier: {plain}");
}

/// A sale as it stands in the journal alone.
fn proofless(id: SaleId, sale: Sale) -> Paid {
    let (voided, returned, proof, exchanged) = (false, Vec::new(), None, None);
    Paid { id, at_ms: 0, staff: None, sale, voided, returned, proof, exchanged, copies: 0, hash: None }
}

/// The link of the sale at the till's head.
fn proof_at(till: &Till, seq: Seq) -> Link {
    assert_eq!(till.head.seq, seq);
    Link::to(SaleId { till: till.head.till, epoch: till.head.epoch, seq }, &till.head.hash)
}

pub fn an_exchange_is_a_refund_and_a_sale_that_belong_together(backend: &Backend) {
    let (server, mut a) = super::enrolled(backend);
    let office = server.office();
    a.open_shift();
    a.sell(300);
    let id = SaleId { till: a.head.till, epoch: a.head.epoch, seq: a.head.seq };
    let paid = Paid {
        id,
        at_ms: 0,
        staff: None,
        sale: sale(300, 600),
        voided: false,
        returned: Vec::new(),
        proof: None,
        exchanged: None,
        copies: 0,
        hash: None,
    };
    let reason = Reason::parse("too small").unwrap();
    let back = |credit: i64, turnover: i64| {
        let (one, credit) = ([(0, Milli::pieces(1))], Minor(credit));
        Refund::in_exchange(&paid, &one, &Currency::eur(), &reason, credit, Minor(turnover)).unwrap()
    };
    let taken = |unit: i64, credit: i64, turnover: i64| {
        let mut sale = sale(unit, turnover);
        let rest = Minor(2 * unit - credit);
        sale.tenders = vec![Tender::exchange(Minor(credit))];
        if rest.0 > 0 {
            sale.tenders.push(Tender::cash(rest, rest).unwrap());
        }
        sale.exchange = Some(Seq(0));
        Body::Sale(sale)
    };
    // One piece at 3.00 comes back for two at 2.00 each: 1.00 is paid. The batch ends between the two entries.
    let refund = back(300, a.turnover);
    a.turnover = refund.turnover.0;
    let first = a.append(Body::Refund(refund));
    a.deliver();
    a.turnover += 400;
    let second = a.append(taken(200, 300, a.turnover));
    assert_eq!(a.deliver().seq, second);
    assert_eq!(office.alerts(), Vec::<String>::new());
    let rows = office.get("sales");
    let of = |seq: Seq| rows.iter().find(|row| row["seq"] == seq.0).unwrap();
    assert_eq!((of(first)["total_minor"].as_i64(), of(first)["tenders"][0]["kind"].as_str()), (Some(-300), Some("exchange")));
    assert_eq!((of(second)["total_minor"].as_i64(), of(second)["tenders"][1]["amount_minor"].as_i64()), (Some(400), Some(100)));
    assert_eq!(rows.iter().map(|row| row["total_minor"].as_i64().unwrap()).sum::<i64>(), 700);

    // A sale that is paid by more than came back; a refund that no sale follows; and a part of an exchange that is voided.
    let refund = back(100, a.turnover);
    a.turnover = refund.turnover.0;
    a.append(Body::Refund(refund));
    a.turnover += 400;
    let more = a.append(taken(200, 300, a.turnover));
    let refund = Refund::in_exchange(
        &Paid { id: SaleId { seq: second, ..id }, sale: sale(200, 0), ..paid.clone() },
        &[(0, Milli::pieces(1))],
        &Currency::eur(),
        &reason,
        Minor(200),
        Minor(a.turnover),
    )
    .unwrap();
    a.turnover = refund.turnover.0;
    a.append(Body::Refund(refund));
    let nothing = a.append(Body::NoSale { reason: "change".into() });
    let void = a.void(more, 400, 400);
    a.deliver();
    let mut expected = vec![format!("bad-exchange@{more}"), format!("bad-exchange@{nothing}"), format!("bad-void@{void}")];
    expected.sort();
    assert_eq!(office.alerts(), expected);
}

pub fn a_logo_reaches_the_tills_and_goes_again(backend: &Backend) {
    let (server, till) = super::enrolled(backend);
    let file = server.place.path("logo.pbm");
    std::fs::write(&file, b"P4\n# black above white\n9 2\n\xff\x80\x00\x00").unwrap();
    server.place.ok(&["logo", file.to_str().unwrap()]);
    let logo = till.read_config(&till.get_config(None)).receipt_logo.unwrap();
    assert_eq!((logo.width, logo.height, logo.bits.0.as_slice()), (9, 2, &[0xff, 0x80, 0, 0][..]));
    server.office().get("sales");
    server.place.ok(&["logo"]);
    assert_eq!(till.read_config(&till.get_config(None)).receipt_logo, None);
}
