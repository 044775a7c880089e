//! The schema, one file a version. A database that a newer program wrote is left alone.

use sqlx::{AssertSqlSafe, Row as _};

use super::{Dialect, Store, StoreError};

/// Each step in order; its place in the list plus one is the version that it leads to.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_rules_and_trail.sql"),
    include_str!("migrations/0003_cards.sql"),
    include_str!("migrations/0004_refunds.sql"),
    include_str!("migrations/0005_counter.sql"),
    include_str!("migrations/0006_gifts.sql"),
    include_str!("migrations/0007_stock.sql"),
    include_str!("migrations/0008_receipts.sql"),
    include_str!("migrations/0009_customers.sql"),
    include_str!("migrations/0010_pictures.sql"),
];

/// Runs what is missing, all or nothing.
///
/// # Errors
/// [`StoreError::TooNew`], [`StoreError::Database`].
pub(super) async fn run(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.write().await?;
    if store.dialect() == Dialect::Postgres {
        // Two servers that start at once: the second waits here, and then finds the work done.
        sqlx::query("SELECT pg_advisory_xact_lock(7022577)").execute(&mut *tx).await?;
    }
    sqlx::query("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)").execute(&mut *tx).await?;
    let found: Option<i64> =
        sqlx::query("SELECT MAX(version) AS version FROM schema_version").fetch_one(&mut *tx).await?.try_get("version")?;
    let found = found.unwrap_or(0);
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::TooNew { found, known });
    }
    for (step, sql) in STEPS.iter().enumerate().skip(usize::try_from(found).unwrap_or(0)) {
        let sql = match store.dialect() {
            Dialect::Sqlite => sql.replace(" BYTES", " BLOB"),
            Dialect::Postgres => sql.replace(" BYTES", " BYTEA"),
        };
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *tx).await?;
        let version = i64::try_from(step).unwrap_or(0) + 1;
        sqlx::query("INSERT INTO schema_version (version) VALUES ($1)").bind(version).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]
    use super::*;

    #[tokio::test]
    async fn row_28_a_database_from_a_newer_program_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), None).await.unwrap();
        sqlx::query("INSERT INTO schema_version (version) VALUES (999)")
            .execute(&mut *store.read().await.unwrap())
            .await
            .unwrap();
        store.close().await;
        let fault = Store::open(dir.path(), None).await.unwrap_err();
        assert!(matches!(fault, StoreError::TooNew { found: 999, .. }), "{fault}");
    }

    #[tokio::test]
    async fn a_shop_of_the_first_schema_gets_rules_topics_and_a_version() {
        let dir = tempfile::tempdir().unwrap();
        sqlx::any::install_default_drivers();
        let url = format!("sqlite://{}?mode=rwc", dir.path().join(super::super::SQLITE_FILE).display());
        let old = sqlx::AnyPool::connect(&url).await.unwrap();
        let first = STEPS[0].replace(" BYTES", " BLOB");
        for sql in [
            "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (1);",
            first.as_str(),
            "INSERT INTO shops VALUES (1, 'Old', '{\"code\":\"EUR\",\"decimals\":2,\"symbol\":\"€\",\"notes\":[],\"cash_step\":1}', \
             '\"inclusive\"', '[]', '[]', '[]', 5, 7, 0, 1, 0);",
            "INSERT INTO entries VALUES (1, 1, 1, 1, x'00', 'shift_opened', 0, 1, '', x'00', NULL, 0);",
            "INSERT INTO entries VALUES (1, 1, 1, 2, x'00', 'sale', 0, 1, 'bad-signature', x'00', x'00', 0);",
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&old).await.unwrap();
        }
        old.close().await;
        let store = Store::open(dir.path(), None).await.unwrap();
        let mut conn = store.read().await.unwrap();
        let shop = super::super::shop::get(&mut conn).await.unwrap();
        assert_eq!((shop.rules, shop.config_version, shop.idle_lock_minutes), (barrow_core::config::Rules::default(), 9, 5));
        let rows = sqlx::query("SELECT topic FROM entries ORDER BY seq").fetch_all(&mut *conn).await.unwrap();
        let topics: Vec<String> = rows.iter().map(|row| row.try_get("topic").unwrap()).collect();
        assert_eq!(topics, ["cash", "tablet"], "what is not whole is about the tablet");
    }

    #[tokio::test]
    async fn opening_twice_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        for _ in 0..2 {
            let store = Store::open(dir.path(), None).await.unwrap();
            let row = sqlx::query("SELECT COUNT(*) AS n FROM schema_version")
                .fetch_one(&mut *store.read().await.unwrap())
                .await
                .unwrap();
            assert_eq!(row.try_get::<i64, _>("n").unwrap(), i64::try_from(STEPS.len()).unwrap());
            store.close().await;
        }
    }
}
