package main_test

import (
	"bytes"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"wattkiosk/boards/ground/child"
	"wattkiosk/payments/cardsystem/odbc"
	"wattkiosk/uplink/office/store/postgrestest"
)

// tables are those between head office and a card-meter system, in SQL that both databases
// know. A sale is refused by its code, and a reversal by its own.
const tables = `
CREATE TABLE card (card VARCHAR(16) PRIMARY KEY, account VARCHAR(20), name VARCHAR(60), purchases INTEGER, arrears NUMERIC(12,2));
CREATE TABLE sale (serial VARCHAR(20) PRIMARY KEY, card VARCHAR(16), account VARCHAR(20), amount NUMERIC(12,2), purchase INTEGER, code CHAR(8), kiosk VARCHAR(12), date CHAR(8));
CREATE TABLE reversal (serial VARCHAR(20) PRIMARY KEY, original VARCHAR(20), code CHAR(8));
CREATE TABLE report (serial VARCHAR(20) PRIMARY KEY, outcome VARCHAR(12), purchase INTEGER);
CREATE TABLE step (round INTEGER, place INTEGER, op VARCHAR(12), data VARCHAR(600), area INTEGER, address INTEGER, expect VARCHAR(4), save VARCHAR(24), changes INTEGER);
INSERT INTO card VALUES ('AA01', '1000000003', '刘建国', 4, 0), ('AA02', '1000000005', '陈思', 2, 12.5);
INSERT INTO step VALUES (0, 1, 'apdu', '00A4000002DF01', NULL, NULL, '61xx', NULL, 0), (0, 2, 'apdu', '0084000008', NULL, NULL, '9000', 'challenge', 0),
  (1, 1, 'write', '05', 1, 200, NULL, NULL, 1);
`

const standing = `NOT EXISTS (SELECT 1 FROM reversal r WHERE r.original = s.serial AND r.code = '0000')`

// settings is what SQL says of each operation.
func databaseSettings(connect string) odbc.Settings {
	sale := `s.serial, s.amount, 'SD' || s.serial AS number, s.card AS sold_card, s.purchase AS sold_count, s.amount AS sold_amount, 0 AS energy FROM sale s WHERE s.serial = ?`
	return odbc.Settings{
		Connect: connect, Amounts: odbc.Yuan, Duplicate: []string{"23505", "HY000/19"}, Children: 3,
		Codes: map[string]string{
			"0000": "ok", "1009": "none", "1001": "no-user", "1004": "duplicate", "1007": "reversed", "9007": "invalid-reversal", "1215": "written", "1214": "arrears-first",
			"9999": "failed", "1240": "other-card",
		},
		Quote: odbc.Operation{None: "1240", Read: odbc.SQL{
			Text: `SELECT CASE WHEN arrears > 0 THEN '1214' ELSE '0000' END AS code, card, account, name, arrears, 5 AS min, 2000.50 AS max FROM card WHERE card = ?`, With: []string{"card"},
		}, Lists: map[string]odbc.SQL{"tariff": {Text: `SELECT 21000 AS up_to, 5283 AS price UNION ALL SELECT 0, 8283 ORDER BY 2`}}},
		Sell: odbc.Operation{
			Do: odbc.SQL{
				Text: `INSERT INTO sale SELECT ?, c.card, c.account, ?, c.purchases + 1, CASE WHEN c.arrears > 0 THEN '1214' ELSE '0000' END, ?, ? FROM card c WHERE c.card = ? AND c.purchases = ?`,
				With: []string{"serial", "amount", "kiosk", "business_date", "card", "count"},
			},
			Read: odbc.SQL{Text: `SELECT s.code, NULL AS text, ` + sale, With: []string{"serial"}},
		},
		Ask: odbc.Operation{None: "1009", Read: odbc.SQL{
			Text: `SELECT CASE WHEN ` + standing + ` THEN s.code ELSE '1007' END AS code, ` + sale, With: []string{"serial"},
		}},
		Reverse: odbc.Operation{
			Do: odbc.SQL{
				Text: `INSERT INTO reversal SELECT ?, s.serial, CASE WHEN ` + standing + ` AND s.code = '0000' THEN '0000' ELSE '1007' END FROM sale s WHERE s.serial = ?`,
				With: []string{"serial", "original"},
			},
			Read: odbc.SQL{Text: `SELECT code, serial, original FROM reversal WHERE serial = ?`, With: []string{"serial"}},
		},
		Steps: odbc.Operation{
			Read: odbc.SQL{
				Text: `SELECT '0000' AS code, s.serial, s.card, x.round, CASE WHEN x.round = 1 THEN 'Y' ELSE 'N' END AS last FROM sale s, (SELECT DISTINCT round FROM step) x WHERE s.serial = ? AND x.round = ?`,
				With: []string{"serial", "round"},
			}, None: "1240",
			Lists: map[string]odbc.SQL{"steps": {Text: `SELECT op, data, area, address, expect, save, changes FROM step WHERE round = ? ORDER BY place`, With: []string{"round"}}},
		},
		Report: odbc.Operation{
			Do: odbc.SQL{
				Text: `INSERT INTO report VALUES (?, ?, ?) ON CONFLICT (serial) DO UPDATE SET outcome = excluded.outcome, purchase = excluded.purchase`,
				With: []string{"serial", "outcome", "written_count"},
			},
			Read: odbc.SQL{Text: `SELECT '0000' AS code, serial FROM report WHERE serial = ?`, With: []string{"serial"}},
		},
		Totals: odbc.Operation{
			Read: odbc.SQL{
				Text: `SELECT '0000' AS code, '20261130' AS date, COUNT(*) AS count, SUM(amount) AS sum FROM sale s WHERE s.code = '0000' AND s.date = ? AND ` + standing, With: []string{"date"},
			},
			Lists: map[string]odbc.SQL{"sales": {
				Text: `SELECT s.serial, s.account, s.amount, s.purchase AS count, CASE WHEN ` + standing + ` THEN 0 ELSE 1 END AS reversed, r.outcome AS written` +
					` FROM sale s LEFT JOIN report r ON r.serial = s.serial WHERE s.code = '0000' AND s.date = ? ORDER BY s.serial`, With: []string{"date"},
			}},
		},
	}
}

// database is one that the tests look into beside ODBC.
type database struct {
	t        testing.TB
	settings odbc.Settings
	query    func(sql string) string // rows of columns that are separated by |

	mu       sync.Mutex
	children []*child.Process
}

func (d *database) client(timeout time.Duration, change func(*odbc.Settings)) *odbc.Client {
	d.t.Helper()
	set := d.settings
	set.Codes = maps.Clone(set.Codes)
	if change != nil {
		change(&set)
	}
	c, err := odbc.New(odbc.Config{Settings: set, Timeout: timeout, Backoff: 50 * time.Millisecond, Start: d.start})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := c.Close(); err != nil {
			d.t.Error(err)
		}
	})
	return c
}

func (d *database) start() (io.ReadWriteCloser, error) {
	p, err := child.Start(child.Command{Path: built.host, Args: []string{"odbc"}, Env: d.settings.Env})
	if err == nil {
		d.mu.Lock()
		d.children = append(d.children, p)
		d.mu.Unlock()
	}
	return p, err
}

// kill ends every child as SIGKILL does.
func (d *database) kill() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.children {
		if err := p.Close(); err != nil {
			d.t.Error(err)
		}
	}
}

// needsODBC fails where a driver is not there: make test installs it. What it returns is the
// environment in which the driver keeps no log.
func needsODBC(t testing.TB, driver string) map[string]string {
	t.Helper()
	build(t)
	out, err := exec.Command("odbcinst", "-q", "-d", "-n", driver).CombinedOutput()
	if err != nil {
		t.Fatalf("no ODBC driver %q (%v, %s): make test installs it", driver, err, out)
	}
	quiet := t.TempDir()
	if err := os.WriteFile(filepath.Join(quiet, "odbcinst.ini"), bytes.ReplaceAll(out, []byte("CommLog=1"), []byte("CommLog=0")), 0o600); err != nil {
		t.Fatal(err)
	}

	return map[string]string{"ODBCSYSINI": quiet}
}

func newSQLite(t testing.TB) *database {
	t.Helper()
	quiet := needsODBC(t, "SQLite3")
	file := filepath.Join(t.TempDir(), "cards.db")
	d := &database{t: t, settings: databaseSettings("DRIVER=SQLite3;Timeout=200;Database=" + file)}
	d.settings.Env = quiet
	d.query = func(sql string) string {
		t.Helper()
		cmd := exec.Command("sqlite3", "-batch", file)
		cmd.Stdin = strings.NewReader(".timeout 5000\n" + sql + "\n")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", sql, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	d.query("PRAGMA journal_mode=WAL;" + tables)
	return d
}

func newPostgres(t testing.TB) (*database, *postgrestest.Server) {
	t.Helper()
	quiet := needsODBC(t, "PostgreSQL Unicode")
	pg := postgrestest.Start(t, "cards")
	d := &database{t: t, query: pg.Query, settings: databaseSettings(
		"DRIVER={PostgreSQL Unicode};Server=" + pg.Dir + ";Port=5432;Database=cards;Uid=cards;ConnSettings=SET CLIENT_ENCODING TO UTF8")}
	d.settings.Env = quiet
	d.query(tables)
	return d, pg
}
