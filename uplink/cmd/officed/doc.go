// Command officed is head office: it takes the kiosks' records into the books, answers
// their requests, brings postings into the MIS, orders payments by QR code at acquirers,
// and relays what bank card terminals say to a bank.
//
//	officed serve        run head office; prints one line when it is ready
//	officed migrate      bring the books' schema up to date, and end
//	officed backup FILE  copy SQLite books that may be in use into a new file
//	officed restored     say that the books are out of a backup that does not say so itself
//	officed import journal KIOSK FILE
//	                     take in the journal of a board that was replaced, as kioskctl
//	                     journal export wrote it
//	officed export FORM --date YYYY-MM-DD --out FILE
//	                     write the payments of a business date out: 104, csv or xlsx
//	officed import mis|posp|acquirer|bank|card FILE --date YYYY-MM-DD
//	officed import statement FILE
//	                     take in another system's file of a business date
//	officed reconcile --date YYYY-MM-DD
//	                     match the books of a business date; exit code 3 where they differ,
//	                     or something of it is not here yet
//	officed signer       the keys, in a process of their own: serve, which officed serve
//	                     --signer asks, and seal, which puts them under a passphrase
//	officed books        check the entries, verify the chain of signed dates
//	officed enrol-token  make a one-time token that lets one kiosk enrol
//	                     --list and --withdraw show and take back those that are open
//	officed kiosk        list, show, suspend (at once), and by two people resume,
//	                     replace, retire
//	officed user         people who may log in: add, disable, enable, password, role,
//	                     sessions, list
//	officed staff        technicians, who may log in at kiosks: add, disable, enable,
//	                     list
//	officed terminal     which terminal of the bank's a kiosk is: set, list
//	officed rollout      bring a bundle to the fleet: create, start, pause, stop,
//	                     roll-back, show, list, group
//
// A mosquitto is told which certificates count no more by files that serve keeps:
//
//	officed serve --broker tls://host:8883 --mosquitto-dir /etc/mosquitto/wattkiosk --mosquitto-pid /run/mosquitto/mosquitto.pid
//
// Of several that share the books and that broker one keeps them.
//
// Acquirers are given with what is secret in files:
//
//	officed serve --notify-listen :8095 --notify-url https://pay.example.cn \
//	    --acquirer 'alipay=https://openapi.alipay.com/gateway.do?app=2021…&key-file=ours.pem&public-file=alipay.pem'
//
// A MIS that is a Tuxedo domain is --mis tuxedo+DIALECT:///whole/path/of/settings.toml. The
// file names the client library, its environment and the services (payments/tuxedo says
// what each key is), and the program roadhost, which loads the library, lies beside officed:
//
//	kind = "tuxedo"            # or endurox, fuxedo
//	libraries = ["/opt/oracle/tuxedo/lib/libwsc.so", "/opt/oracle/tuxedo/lib/libfml32.so"]
//	buffer = "FML32"           # or STRING, CARRAY
//	children = 8
//	env = { TUXDIR = "/opt/oracle/tuxedo", WSNADDR = "//10.1.2.3:7001", FLDTBLDIR32 = "/etc/mis", FIELDTBLS32 = "mis.fld32" }
//	service = { query = "YX_QUERY", verify = "YX_VERIFY", post = "YX_PAY", ask = "YX_ASK", reverse = "YX_REVERSE" }
//	names = { jylsh = "SERIAL_NO" }
//
// So is a card-meter system: --card-system tuxedo+DIALECT:///whole/path/of/settings.toml, with
// the services of quote, sell, ask, reverse, steps, report and totals, in a dialect of fixed
// fields.
//
// A MIS that is a web service is --mis soap+DIALECT:///whole/path/of/settings.toml, whose keys
// are those of payments/soap, and namespace and names of payments/mis/soap.
//
// A card-meter system that is reached through its database is --card-system
// odbc:///whole/path/of/settings.toml. The file says in SQL what each operation is, and has
// the password in it (payments/cardsystem/odbc says what each key is); the driver manager is
// loaded by roadhost:
//
//	connect = "DRIVER={PostgreSQL Unicode};Server=…;Database=cards;Uid=kiosk;Pwd=…"
//	env = { ODBCSYSINI = "/etc/wattkiosk/odbc" } # an odbcinst.ini without CommLog=1, by which the driver writes what was bought to /tmp
//	amounts = "yuan"           # or fen
//	duplicate = ["23505"]
//	codes = { "0000" = "ok", "1009" = "none" }
//	ask = { none = "1009", read = { sql = "SELECT … FROM wk_sale WHERE serial = ?", with = ["serial"] } }
//
// The bank's POSP is --posp tcp://host:port?lines=2, or tls://host:port?ca-file=bank.pem.
// Terminals make TPDU, header and MAC themselves. A kiosk is the terminal of its first
// frame, until terminal set says otherwise.
//
// The books of other systems come by --books NAME=URL, each night and whenever a date is run;
// what a person imports takes the place of what is fetched. A running office serves the socket
// officed.sock in its data folder: reconcile and import go by its clock and its sources. They
// work without one, by this machine's clock and with the files that were imported.
//
// staff, terminal and rollout work on the books and the bundles in the data folder; a running office
// sees it within half a minute. Who runs it can read and write both, so --user is a
// claim and no lock: the audit log has it as such, beside whom the operating system knows.
// Every command that does more than look is in that log.
//
// Books in SQLite are books.db, and books.db-wal beside it while an office runs or after
// it was killed: who copies files copies both, or uses backup. PostgreSQL has pg_dump.
//
// serve and migrate make books that are not there; every other command fails without them.
package main
