//! What a person types: the server itself, and the shop's administration without a browser.

use std::{
    fs::File,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use barrow_core::{
    ids::{StaffId, TillId},
    staff::Role,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use thiserror::Error;

use crate::{
    keys::{KeyError, Keys},
    mail::BadMail,
    names::Name,
    passwords::BadPassword,
    payments::http::BadAddress,
    people::PeopleFault,
    store::{Store, StoreError},
};

mod backup;
mod cards;
mod catalogue_file;
mod journal_file;
mod logo;
mod people;
mod pictures_folder;
mod serve;
mod setting_up;
mod tills;

/// The server of a Barrow shop: tills deliver their sales to it, and the owner looks at them in its office page.
///
/// Without a command it serves until it gets SIGTERM or Ctrl-C. The commands work beside a running server.
#[derive(Debug, Parser)]
#[command(name = "barrow-server", version)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    serving: Serving,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Where the shop's data are.
#[derive(Clone, Debug, Args)]
struct Place {
    /// Folder with the server's keys and the SQLite file; made if it is not there
    #[arg(long, global = true, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// postgres://… instead of the SQLite file (the keys stay in --data)
    #[arg(long, global = true, value_name = "URL", env = "DATABASE_URL", hide_env_values = true)]
    database: Option<String>,
}

/// How to serve.
#[derive(Clone, Debug, Args)]
struct Serving {
    /// Make a demo shop if there is none yet, and print where to click and what to type
    #[arg(long)]
    demo: bool,
    /// Address and port to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder with the built pages (till/ and office/)
    #[arg(long, value_name = "DIR", default_value = "dist")]
    dist: PathBuf,
    /// Print one line of JSON when it listens, for programs
    #[arg(long)]
    ready_json: bool,
    /// The card processor, which speaks what docs/cards.md describes; with --demo one runs inside unless this names another
    #[arg(long, value_name = "URL", env = "BARROW_PROCESSOR")]
    processor: Option<String>,
    /// Sent to the processor as a bearer token; better in the environment than on the command line
    #[arg(long, value_name = "TOKEN", env = "BARROW_PROCESSOR_TOKEN", hide_env_values = true)]
    processor_token: Option<String>,
    /// A request to the processor is given up after so many seconds, its outcome unknown, and made again
    #[arg(long, value_name = "SECONDS", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=300))]
    processor_timeout: u64,
    /// The mail server that receipts go out by: smtps://user:password@host, or smtp://host:port?tls=required; better in the environment
    #[arg(long, value_name = "URL", env = "BARROW_SMTP", hide_env_values = true)]
    smtp: Option<String>,
    /// Whom receipts come from, such as `Shop <shop@example.org>`
    #[arg(long, value_name = "ADDR", env = "BARROW_MAIL_FROM")]
    mail_from: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check an exported journal: exit 0 if its chain is whole, 1 with a line for each anomaly
    Verify {
        /// The file that `export` wrote
        file: PathBuf,
        /// Accept only this server's signatures: its public key in hexadecimal, as `export` and `verify` print it
        #[arg(long, value_name = "HEX")]
        server_key: Option<String>,
    },
    /// Make an empty shop with an owner and a first till
    Init(setting_up::Init),
    /// Make a one-time code that turns a tablet into a till, with first-PIN codes for the staff
    EnrolCode {
        /// An existing till: the tablet replaces the one that it was
        #[arg(long, value_name = "N", conflicts_with = "new_till")]
        till: Option<u64>,
        /// A new till of this name
        #[arg(long, value_name = "NAME")]
        new_till: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Who works at the tills
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Take a till out of use: it delivers what it holds and sells nothing more
    RevokeTill {
        /// The till's number
        till: u64,
    },
    /// Give an owner a new password for the office, and print it
    OwnerPassword {
        /// The owner's login
        #[arg(long, default_value = "owner")]
        login: String,
    },
    /// Read products from a CSV or JSON file, or their pictures from a folder; all or nothing
    ///
    /// CSV columns: sku, name, variant, category, price, taxes, barcodes, price_embedded, unit (kg or l), open_price, favourite,
    /// modifiers (`Milk? oat +0.50 | soy +0.40; On top: cream +0.60`). Several taxes or barcodes are separated by spaces. JSON: an array of objects with the same fields. Products with a known SKU are replaced.
    ///
    /// Of a folder, each .webp, .jpg or .jpeg file becomes the picture of the product whose SKU is its name: at most 160 × 160 pixels
    /// and 12 KiB.
    Import {
        /// The file, .csv or .json, or the folder
        file: PathBuf,
        /// Take products that are not in the file out of the catalogue
        #[arg(long)]
        replace: bool,
    },
    /// Put a logo at the head of every receipt
    ///
    /// A picture in black and white as PBM (P4), at most 384 dots wide and 240 high; most picture programs write it.
    Logo {
        /// The file; without one, the logo is taken away
        file: Option<PathBuf>,
    },
    /// Write a till's journal to a file that `verify` reads
    Export {
        /// The till's number
        #[arg(long, value_name = "N")]
        till: u64,
        /// Where to; must not exist
        file: PathBuf,
    },
    /// Copy database and keys to a new folder while the server runs (SQLite)
    Backup {
        /// Where to; must not exist or be empty
        dir: PathBuf,
    },
    /// Put a backup in the place of the data; the server must be stopped. What was there is kept beside
    Restore {
        /// A folder that `backup` wrote
        dir: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum StaffCommand {
    /// Show everybody
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a person
    Add {
        /// As shown on the sign-in screen
        name: String,
        /// What they may do
        #[arg(long, value_enum, default_value = "cashier")]
        role: RoleName,
    },
    /// Make a one-time code with which a person chooses a PIN at a till
    Code {
        /// Their number or name
        person: String,
        /// At which till
        #[arg(long, value_name = "N")]
        till: u64,
    },
    /// Give a person another role
    Role {
        /// Their number or name
        person: String,
        /// What they may do from now on
        #[arg(value_enum)]
        role: RoleName,
    },
    /// Take a person off the tills: their PIN opens none once it has heard of it, and their open codes are void
    #[command(visible_alias = "revoke")]
    Remove {
        /// Their number or name
        person: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoleName {
    Cashier,
    Supervisor,
    Manager,
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Role {
        match name {
            RoleName::Cashier => Role::Cashier,
            RoleName::Supervisor => Role::Supervisor,
            RoleName::Manager => Role::Manager,
            RoleName::Auditor => Role::Auditor,
        }
    }
}

/// Why a command did not do what was asked: one sentence on standard error, exit code 2.
#[derive(Debug, Error)]
enum CliError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Keys(#[from] KeyError),
    #[error(transparent)]
    Password(#[from] BadPassword),
    #[error(transparent)]
    Import(#[from] catalogue_file::ImportError),
    #[error(transparent)]
    Pictures(#[from] pictures_folder::PicturesError),
    #[error("{}: {fault}", path.display())]
    File { path: PathBuf, fault: io::Error },
    #[error("cannot listen on {listen}: {fault}")]
    Listen { listen: SocketAddr, fault: io::Error },
    #[error(transparent)]
    Processor(#[from] BadAddress),
    #[error(transparent)]
    Mail(#[from] BadMail),
    #[error("the demo's card processor cannot listen: {0}")]
    Acquirer(io::Error),
    #[error("the server failed: {0}")]
    Serve(io::Error),
    #[error("another barrow-server runs on {}; stop it first", .0.display())]
    Running(PathBuf),
    #[error("there is no till {0}")]
    NoTill(TillId),
    #[error("till {0} was never enrolled; there is nothing to export")]
    NeverEnrolled(TillId),
    #[error("nobody here is called {0}, or has that number")]
    Nobody(String),
    #[error(transparent)]
    People(#[from] PeopleFault),
    #[error("there is a shop already")]
    ShopExists,
    #[error("{0}")]
    Usage(String),
    #[error("an answer could not be written: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<sqlx::Error> for CliError {
    fn from(fault: sqlx::Error) -> CliError {
        CliError::Store(fault.into())
    }
}

fn file_fault(path: &Path) -> impl FnOnce(io::Error) -> CliError {
    let path = path.to_owned();
    move |fault| CliError::File { path, fault }
}

/// Reads the command line and does what it says.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(fault) => {
            eprintln!("barrow-server: {fault}");
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("barrow-server: {fault}");
            ExitCode::from(2)
        }
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode, CliError> {
    let place = cli.place;
    match cli.command {
        None => serve::serve(&place, &cli.serving).await?,
        Some(Command::Verify { file, server_key }) => return journal_file::verify(&file, server_key.as_deref()),
        Some(Command::Init(init)) => setting_up::init(&place, &init).await?,
        Some(Command::EnrolCode { till, new_till, json }) => {
            tills::enrol_code(&place, till.map(TillId), new_till.as_deref(), json).await?;
        }
        Some(Command::Staff { command }) => match command {
            StaffCommand::List { json } => people::list(&place, json).await?,
            StaffCommand::Add { name, role } => people::add(&place, &name, role.into()).await?,
            StaffCommand::Code { person, till } => people::code(&place, &person, TillId(till)).await?,
            StaffCommand::Role { person, role } => people::role(&place, &person, role.into()).await?,
            StaffCommand::Remove { person } => people::remove(&place, &person).await?,
        },
        Some(Command::RevokeTill { till }) => tills::revoke(&place, TillId(till)).await?,
        Some(Command::OwnerPassword { login }) => setting_up::owner_password(&place, &login).await?,
        Some(Command::Import { file, .. }) if file.is_dir() => pictures_folder::import(&place, &file).await?,
        Some(Command::Import { file, replace }) => catalogue_file::import(&place, &file, replace).await?,
        Some(Command::Logo { file }) => logo::logo(&place, file.as_deref()).await?,
        Some(Command::Export { till, file }) => journal_file::export(&place, TillId(till), &file).await?,
        Some(Command::Backup { dir }) => backup::backup(&place, &dir).await?,
        Some(Command::Restore { dir }) => backup::restore(&place, &dir).await?,
    }
    Ok(ExitCode::SUCCESS)
}

impl Place {
    async fn open(&self) -> Result<(Keys, Store), CliError> {
        let keys = Keys::load_or_make(&self.data)?;
        let store = Store::open(&self.data, self.database.as_deref()).await?;
        Ok((keys, store))
    }

    /// Holds the data folder for one running server, as long as the file lives.
    fn lock(&self) -> Result<File, CliError> {
        let path = self.data.join("lock");
        let file = File::options().create(true).append(true).open(&path).map_err(file_fault(&path))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(std::fs::TryLockError::WouldBlock) => Err(CliError::Running(self.data.clone())),
            Err(std::fs::TryLockError::Error(fault)) => Err(file_fault(&path)(fault)),
        }
    }
}

/// A name that goes on screens and receipts.
fn name_of(text: &str, what: &str) -> Result<String, CliError> {
    let name = Name::parse(text);
    name.map(|name| name.to_string())
        .map_err(|_| CliError::Usage(format!("{what} has 1 to 80 characters, and none that does not print")))
}

/// Somebody's one-time code, as `--json` prints it.
#[derive(Debug, serde::Serialize)]
struct StaffCode {
    name: String,
    first_pin_code: String,
    #[serde(skip)]
    id: StaffId,
}
