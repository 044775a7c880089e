//! What a person types.

use std::{io::Write as _, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use thiserror::Error;
use tokio::net::TcpListener;

use crate::{
    Acquirer, OpenError, Options,
    card::Pan,
    clock, hex,
    keys::{KeyError, Keyring},
    settlement,
    store::{Store, StoreError},
    swipe::{Reader, Stripe},
    test_cards,
};

/// Requests that are under way when it is told to stop get this long.
const STOP_TIME_MAX: Duration = Duration::from_secs(5);

/// A card processor to develop and test against: it opens what tills sealed and says yes or no, as its test cards say.
///
/// Without a command it serves until it gets SIGTERM or Ctrl-C. The commands work beside a running processor.
#[derive(Debug, Parser)]
#[command(name = "barrow-acquirer", version, after_help = test_cards::help())]
struct Cli {
    /// Folder with the processor's private keys and its answers; made if it is not there
    #[arg(long, global = true, value_name = "DIR", default_value = "acquirer-data")]
    data: PathBuf,
    #[command(flatten)]
    serving: Serving,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Serving {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// Print one line of JSON when it listens, for programs
    #[arg(long)]
    ready_json: bool,
    /// Invented cards on the hot list, beside the test cards
    #[arg(long, value_name = "N", default_value_t = 0)]
    hot_cards: u32,
    /// For how many days a key stays open after the next has taken over
    #[arg(long, global = true, value_name = "DAYS", default_value_t = 30)]
    key_overlap_days: u32,
    /// For how long a request hangs that a test card makes hang
    #[arg(long, value_name = "SECONDS", default_value_t = 120)]
    hang_seconds: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new key pair, to which tills are to seal from now on; older ones stay open for some days
    RotateKey,
    /// Print the settlement file (CSV) of a day
    Settlement {
        /// The day in UTC, as 2026-05-01; today if left out
        #[arg(long)]
        day: Option<String>,
    },
    /// Print what a reader would send for a card, in hexadecimal, under the published sample keys
    Swipe {
        /// The account number
        #[arg(long, value_name = "PAN", default_value = "5452300551227189")]
        card: String,
        /// The reader's counter: each payment needs its own
        #[arg(long, value_name = "N")]
        counter: u32,
        /// Which reader
        #[arg(long, value_enum, default_value = "magtek")]
        reader: Reader,
        /// The card's last month
        #[arg(long, value_name = "YYMM", default_value = "4912")]
        expiry: String,
        /// The service code; 2.. and 6.. are cards with a chip
        #[arg(long, value_name = "DIGITS", default_value = "101")]
        service_code: String,
    },
}

/// Why a command did not do what was asked: one sentence on standard error, exit code 2.
#[derive(Debug, Error)]
enum CliError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("cannot listen on {listen}: {fault}")]
    Listen { listen: SocketAddr, fault: std::io::Error },
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("a day is written as 2026-05-01")]
    Day,
    #[error("no reader could send that: check card, expiry, service code and counter")]
    Swipe,
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Runtime::new().map_err(CliError::from).and_then(|runtime| runtime.block_on(dispatch(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            eprintln!("barrow-acquirer: {fault}");
            ExitCode::from(2)
        }
    }
}

async fn dispatch(Cli { data, serving, command }: Cli) -> Result<(), CliError> {
    match command {
        None => serve(&data, &serving).await,
        Some(Command::RotateKey) => {
            let ring = Keyring::open(&data, serving.key_overlap_days, clock::now_ms())?;
            print(&format!("{}\n", ring.rotate(clock::now_ms())?))
        }
        Some(Command::Settlement { day }) => {
            let day = day.unwrap_or_else(|| clock::day_of(clock::now_ms()));
            let (from_ms, to_ms) = clock::day_ms(&day).ok_or(CliError::Day)?;
            let store = Store::open(&data).await?;
            print(&settlement::file(&store, from_ms, to_ms).await?)
        }
        Some(Command::Swipe { card, counter, reader, expiry, service_code }) => {
            let pan = Pan::parse(card.as_bytes()).ok_or(CliError::Swipe)?;
            let stripe = Stripe { pan: &pan, expiry: &expiry, service_code: &service_code };
            let report = stripe.report(reader, counter).ok_or(CliError::Swipe)?;
            print(&format!("{}\n", hex::encode(&report)))
        }
    }
}

fn print(text: &str) -> Result<(), CliError> {
    let mut out = std::io::stdout().lock();
    Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?)
}

async fn serve(data: &std::path::Path, serving: &Serving) -> Result<(), CliError> {
    let options = Options {
        hot_cards: serving.hot_cards,
        hang: Duration::from_secs(serving.hang_seconds),
        key_overlap_days: serving.key_overlap_days,
        ..Options::default()
    };
    let acquirer = Acquirer::open(data, options).await?;
    let listener = TcpListener::bind(serving.listen).await.map_err(|fault| CliError::Listen { listen: serving.listen, fault })?;
    let address = listener.local_addr()?;
    // The signals are caught before anybody is told that the processor is there.
    let stop = stop_signal()?;
    let text = if serving.ready_json {
        format!("{}\n", serde_json::json!({ "listening": format!("http://{address}") }))
    } else {
        format!("Listening on http://{address} (test cards: barrow-acquirer --help).\n")
    };
    // Whoever started it may have closed the pipe: it runs on all the same.
    let _ = print(&text);

    let (stopping, stopped) = tokio::sync::oneshot::channel();
    let waiting = acquirer.clone();
    let server = axum::serve(listener, acquirer.router()).with_graceful_shutdown(async move {
        stop.await;
        waiting.stop();
        let _ = stopping.send(());
    });
    let too_long = async {
        let _ = stopped.await;
        tokio::time::sleep(STOP_TIME_MAX).await;
    };
    tokio::select! {
        done = server => done?,
        () = too_long => eprintln!("barrow-acquirer: some requests took too long to end"),
    }
    acquirer.close().await;
    Ok(())
}

/// Completes on SIGTERM or Ctrl-C.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
