// Package odbc carries the operations of package cardsystem to a card-meter system that is
// reached through its database: tables between the two (中间表) or stored procedures, by
// ODBC. It owns the client, and what SQL says of each operation is data (Settings): the
// statements, the values that go into them, and by which names the columns that come back
// are known. The driver manager is loaded by uplink/cmd/roadhost, a process of its own for
// each connection: the crash or hang of a driver is an outcome.
//
// A driver may keep a log of its own, with what customers bought in it. That of PostgreSQL does as
// Debian installs it (CommLog=1 of its section in odbcinst.ini; /tmp/psqlodbc_roadhost_…): turn
// it off there, or in another odbcinst.ini whose folder Settings.Env names as ODBCSYSINI.
//
// # An operation
//
// Do changes something, and is missing where an operation only reads; Read returns the one
// row that is the answer; Lists return its lists. They run in one transaction in this
// order, and then comes COMMIT. Read is also what is read back (below), so of an operation
// with a Do it finds its row by our key, and finds one only where that Do was carried out or
// refused: a row that would be there all the same tells a lie. No row is an answer only
// where None says which code that is.
//
// Values of a request, as parameters: serial, account, amount, business_date, time, tender,
// kiosk, card, form, kind, meter, customer, count, purse, loaded, left, original, round,
// saved (NAME=HEX, in the order of names, with semicolons), outcome, date, written_count.
// Amounts are fen as whole numbers, or yuan with two decimals (Settings.Amounts).
//
// Columns of an answer: code and text; what it repeats of its request (quote: card; sell,
// ask, report: serial; reverse: serial, original; steps: serial, card, round; totals: date);
// and
//
//	quote      account, name, address, arrears, min, max, step, fixed, unwritten_serial,
//	           unwritten_number, unwritten_count, unwritten_amount, unwritten_energy
//	 tariff    up_to (0.01 kWh), price (fen for 100 kWh)
//	 by-time   name, price
//	sell, ask  amount, number, sold_card, sold_count, sold_amount, energy (0.01 kWh)
//	steps      last
//	 steps     op, data (hexadecimal), area, address, length, expect, save, changes, purse
//	totals     count, sum
//	 sales     serial, account, amount, count, reversed, written
//
// Amounts in columns are read as decimals, never compared as text: one driver says 128.5
// where another says 128.50. Text is UTF-8 on the connection.
//
// # What becomes of a call
//
//	                                     sell       reverse, report  the others
//	committed                            by the code of the row, as cardsystem's tables say
//	a statement fails before COMMIT      not done   unknown          unknown
//	Do says that its key is there        what Read finds is the answer
//	COMMIT fails, whatever it says,
//	the child is killed, crashes, hangs: by what is read back
//	 read back: the row                  its code   its code         –
//	 no row, or nothing can be read      unknown    unknown          unknown
//	the answer cannot be meant           unknown    unknown          unknown
//	no connection, no driver, no turn    not done   unknown          unknown
//
// An error of COMMIT says nothing of what was committed: the same 08S01 comes with the row
// there and with the row not there. So is a driver that does not come back. Then a new
// connection reads by our key, within the time that is left of the call; only a row that is
// there decides. No row does not: what was sent may still be on its way, and is asked for
// later. Do that commits by itself, or works on tables without transactions, is Alone: it is
// treated as COMMIT from its start.
//
// The rows are made by the tests of uplink/cmd/roadhost on SQLite and PostgreSQL, whose
// server and whose child they kill at COMMIT, and by cardsystemtest's suite in this package.
package odbc
