//! The server itself: opens the data, listens, and ends cleanly.

use std::{fs, io::Write as _, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::{net::TcpListener, sync::watch};

use super::{CliError, Place, Serving, StaffCode, cards::Cards, file_fault, setting_up::new_password, tills as codes};
use crate::{
    demo, http,
    http::App,
    ingest::writer::Writer,
    keys::{self, Keys},
    mail::{self, Postman},
    passwords,
    store::{Dialect, Store, StoreError, owners, shop, tills},
};

/// Requests that are under way when it is told to stop get this long.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);

pub(super) async fn serve(place: &Place, serving: &Serving) -> Result<(), CliError> {
    let keys = Keys::load_or_make(&place.data)?;
    let lock = place.lock()?;
    let store = Store::open(&place.data, place.database.as_deref()).await?;
    let demo = if serving.demo { Some(open_demo(place, &keys, &store).await?) } else { None };
    if !serving.dist.join("till/index.html").exists() {
        eprintln!("barrow-server: there are no built pages in {}: `make build` makes them", serving.dist.display());
    }
    let listener = TcpListener::bind(serving.listen).await.map_err(|fault| CliError::Listen { listen: serving.listen, fault })?;
    let address = listener.local_addr().map_err(CliError::Serve)?;
    let (writer, writing) = Writer::start(store.clone());
    let mut app = App::new(store.clone(), keys, writer, serving.dist.clone());
    let cards = Cards::start(&place.data, serving, &store, &mut app).await?;
    let postman = Postman::new(serving.smtp.as_deref(), serving.mail_from.as_deref())?;
    app.mails_are_sent = postman.is_some();
    let stop_mail = watch::Sender::new(false);
    let mailing = mail::start(store.clone(), postman, Arc::clone(&app.mail_wake), stop_mail.subscribe());
    let app = Arc::new(app);
    // The signals are caught before anybody is told that the server is there.
    let stop = stop_signal()?;
    announce(serving, address, demo.as_ref(), store.dialect(), cards.acquirer.as_deref())?;

    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let serve = axum::serve(listener, http::router(app)).with_graceful_shutdown(async move {
        stop.await;
        let _ = stopping.send(());
    });
    let too_long = async {
        let _ = stopped.await;
        tokio::time::sleep(STOP_TIME_MAX).await;
    };
    tokio::select! {
        done = serve => done.map_err(CliError::Serve)?,
        () = too_long => eprintln!("barrow-server: some requests took too long to end"),
    }
    // The router is gone, and with it the last way to the writer: what it took is on the disk once it has ended.
    let _ = tokio::time::timeout(STOP_TIME_MAX, writing).await;
    // A request to the processor that takes longer is given up: it is asked for again at the next start.
    let _ = tokio::time::timeout(STOP_TIME_MAX, cards.stop()).await;
    stop_mail.send_replace(true);
    // The same holds for a mail.
    let _ = tokio::time::timeout(STOP_TIME_MAX, mailing).await;
    store.close().await;
    drop(lock);
    Ok(())
}

/// Completes on SIGTERM or Ctrl-C.
fn stop_signal() -> Result<impl Future<Output = ()>, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Serve)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Serve)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Owner {
    login: String,
    password: String,
}

/// What the demo prints.
struct Demo {
    shop: String,
    enrol_code: String,
    till_waits: bool,
    owner: Owner,
    staff: Vec<StaffCode>,
    without_pin: Vec<String>,
}

/// The demo shop, made if there is none, with fresh codes. Older ones go on working until they are used or expire.
async fn open_demo(place: &Place, keys: &Keys, store: &Store) -> Result<Demo, CliError> {
    let owner = demo_owner(&place.data)?;
    let mut tx = store.write().await?;
    let shop = match shop::get(&mut tx).await {
        Ok(shop) => shop,
        Err(StoreError::NoShop) => {
            let shop = demo::make(&mut tx).await?;
            let password = owner.password.clone();
            let hash = tokio::task::spawn_blocking(move || passwords::hash(&password));
            let hash = hash.await.map_err(|_| CliError::Usage("the password could not be hashed".into()))??;
            owners::set_password(&mut tx, shop.id, &owner.login, &hash).await?;
            shop
        }
        Err(fault) => return Err(fault.into()),
    };
    let all = tills::all(&mut tx, shop.id).await?;
    let till = match all.iter().find(|till| !till.enrolled()).or(all.first()) {
        Some(till) => till.clone(),
        None => {
            return Err(CliError::Usage("this shop has no till: `barrow-server enrol-code --new-till NAME` makes one".into()));
        }
    };
    let enrol_code = codes::enrolment(&mut tx, keys, shop.id, till.id).await?;
    let staff = codes::first_pins(&mut tx, keys, shop.id, till.id).await?;
    let with_pin = tills::with_pin(&mut tx, shop.id, &till).await?;
    tx.commit().await?;
    let without_pin = staff.iter().filter(|person| !with_pin.contains(&person.id)).map(|person| person.name.clone()).collect();
    Ok(Demo { shop: shop.name, enrol_code, till_waits: !till.enrolled(), owner, staff, without_pin })
}

/// The demo's office password: made once, and kept in clear so that it can be printed at each start. Only the demo does so.
fn demo_owner(data: &Path) -> Result<Owner, CliError> {
    let path = data.join("demo-owner.json");
    if let Ok(bytes) = fs::read(&path) {
        return Ok(serde_json::from_slice(&bytes)?);
    }
    let owner = Owner { login: "owner".into(), password: new_password() };
    keys::write_private(&path, serde_json::to_string(&owner)?.as_bytes()).map_err(file_fault(&path))?;
    Ok(owner)
}

fn announce(
    serving: &Serving,
    address: SocketAddr,
    demo: Option<&Demo>,
    dialect: Dialect,
    acquirer: Option<&str>,
) -> Result<(), CliError> {
    // Service workers, storage and passkeys want a name: on this machine that is localhost.
    let page = if address.ip().is_loopback() || address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    };
    let text = if serving.ready_json {
        let ready = serde_json::json!({
            "listening": format!("http://{address}"),
            "till": format!("{page}/"),
            "enrol_code": demo.map(|demo| &demo.enrol_code),
            "office": format!("{page}/office/"),
            "owner": demo.map(|demo| &demo.owner),
            "staff": demo.map_or(&[][..], |demo| &demo.staff),
            "acquirer": acquirer,
        });
        format!("{ready}\n")
    } else if let Some(demo) = demo {
        for_people(demo, &page, acquirer)
    } else {
        let kept = match dialect {
            Dialect::Sqlite => "SQLite",
            Dialect::Postgres => "PostgreSQL",
        };
        format!("Listening on http://{address} ({kept}).\n")
    };
    let mut out = std::io::stdout().lock();
    // Whoever started it may have closed the pipe: the server runs on all the same.
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    Ok(())
}

fn for_people(demo: &Demo, page: &str, acquirer: Option<&str>) -> String {
    let mut text = format!("\n{}\n\n  Till      {page}/\n", demo.shop);
    if demo.till_waits {
        text += &format!("            enrolment code   {}\n", demo.enrol_code);
    } else {
        text += "            enrolled already (`barrow-server enrol-code --new-till NAME` adds another)\n";
    }
    for person in demo.staff.iter().filter(|person| demo.without_pin.contains(&person.name)) {
        text += &format!("            {:16} {}   (one-time code, to choose a PIN)\n", person.name, person.first_pin_code);
    }
    text +=
        &format!("\n  Office    {page}/office/\n            login {}   password {}\n\n", demo.owner.login, demo.owner.password);
    if let Some(acquirer) = acquirer {
        text += &format!("  Cards     {acquirer}/log shows what the card processor inside has decided\n\n");
    }
    text += "Stop with Ctrl-C. Tills go on selling without it.\n\n";
    text
}
