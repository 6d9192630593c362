// Package sqlstore is the rows of the books in SQL, over database/sql. It owns
// the statements and knows no driver: sqlite and postgres open a database and
// pass it in as an Engine. The SQL is the same for both, with $1 parameters and
// ON CONFLICT; what differs is in Engine. Schemas are migrations of the drivers'
// packages.
package sqlstore
