//! What a running server has to do with a card processor: the tasks that ask it, and in the demo the processor itself.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use barrow_acquirer::Acquirer;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use super::{CliError, Serving};
use crate::{
    http::App,
    payments::{
        forward::{Forwarder, Options},
        http::HttpProcessor,
        supply,
    },
    store::Store,
};

/// The demo's processor keeps its keys and answers in this folder of the data directory.
const FOLDER: &str = "acquirer";

/// Everything that speaks to the card processor.
pub(super) struct Cards {
    /// The address of the processor inside, if there is one.
    pub(super) acquirer: Option<String>,
    stop: watch::Sender<bool>,
    inside: Option<JoinHandle<()>>,
    outside: Option<(Forwarder, JoinHandle<()>)>,
}

impl Cards {
    /// Starts what the command line asks for. Without a processor there is nothing to do.
    pub(super) async fn start(data: &Path, serving: &Serving, store: &Store, app: &mut App) -> Result<Cards, CliError> {
        let mut cards = Cards { acquirer: None, stop: watch::Sender::new(false), inside: None, outside: None };
        if serving.demo && serving.processor.is_none() {
            // On this machine only, whatever the server listens on: it shows what it decided to anybody who asks.
            let listener = TcpListener::bind("127.0.0.1:0").await.map_err(CliError::Acquirer)?;
            let url = format!("http://{}", listener.local_addr().map_err(CliError::Acquirer)?);
            cards.inside = Some(tokio::spawn(inside(data.join(FOLDER), listener, cards.stop.subscribe())));
            cards.acquirer = Some(url);
        }
        let Some(url) = serving.processor.as_ref().or(cards.acquirer.as_ref()) else { return Ok(cards) };
        let timeout = Duration::from_secs(serving.processor_timeout);
        let processor = Arc::new(HttpProcessor::new(url, serving.processor_token.as_deref(), timeout)?);
        let supplying = tokio::spawn(supply::run(store.clone(), Arc::clone(&processor), cards.stop.subscribe()));
        let options = Options::for_timeout(timeout);
        let forwarder = Forwarder::start(store.clone(), processor, options, Arc::clone(&app.wake), cards.stop.subscribe());
        app.processor = Some(url.clone());
        cards.outside = Some((forwarder, supplying));
        Ok(cards)
    }

    /// Ends it once what is under way has been written down.
    pub(super) async fn stop(self) {
        self.stop.send_replace(true);
        if let Some((forwarder, supplying)) = self.outside {
            forwarder.ended().await;
            let _ = supplying.await;
        }
        if let Some(inside) = self.inside {
            let _ = inside.await;
        }
    }
}

/// The demo's processor. Its first key pair takes a moment, in which the server listens already and asks it again and again.
async fn inside(data: PathBuf, listener: TcpListener, mut stop: watch::Receiver<bool>) {
    let acquirer = match Acquirer::open(&data, barrow_acquirer::Options::default()).await {
        Ok(acquirer) => acquirer,
        Err(fault) => {
            eprintln!("barrow-server: the demo's card processor does not start: {fault}");
            return;
        }
    };
    let hanging = acquirer.clone();
    let stopped = async move {
        let _ = stop.wait_for(|stop| *stop).await;
        hanging.stop();
    };
    if let Err(fault) = axum::serve(listener, acquirer.router()).with_graceful_shutdown(stopped).await {
        eprintln!("barrow-server: the demo's card processor failed: {fault}");
    }
    acquirer.close().await;
}
