package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const databaseFile = `
connect = "DRIVER={PostgreSQL Unicode};Database=cards;Uid=kiosk;Pwd=s3cret"
amounts = "yuan"
children = 8
duplicate = ["23505", "HY000/19"]

[codes]
"0000" = "ok"
"9999" = "failed"
"1009" = "none"
"1004" = "duplicate"
"1007" = "reversed"
"9007" = "invalid-reversal"
"1215" = "written"
"1240" = "other-card"

[quote]
none = "1240"
read = { sql = "SELECT code, card, account, max FROM wk_quote(?, ?)", with = ["card", "left"] }
lists.tariff = { sql = "SELECT up_to, price FROM wk_tariff(?)", with = ["card"] }

[sell]
do = { sql = "CALL wk_sell(?, ?, ?, ?)", with = ["serial", "card", "count", "amount"] }
read = { sql = "SELECT * FROM wk_sale WHERE serial = ?", with = ["serial"] }

[ask]
none = "1009"
read = { sql = "SELECT * FROM wk_sale WHERE serial = ?", with = ["serial"] }

[reverse]
do = { sql = "CALL wk_reverse(?, ?)", with = ["serial", "original"] }
alone = true
read = { sql = "SELECT * FROM wk_reversal WHERE serial = ?", with = ["serial"] }

[steps]
read = { sql = "SELECT * FROM wk_round(?, ?, ?, ?)", with = ["serial", "card", "round", "saved"] }
lists.steps = { sql = "SELECT * FROM wk_steps(?, ?)", with = ["serial", "round"] }

[report]
do = { sql = "CALL wk_report(?, ?, ?)", with = ["serial", "outcome", "written_count"] }
read = { sql = "SELECT * FROM wk_report WHERE serial = ?", with = ["serial"] }

[totals]
read = { sql = "SELECT * FROM wk_day(?)", with = ["date"] }
lists.sales = { sql = "SELECT * FROM wk_day_sales(?)", with = ["date"] }
`

func TestCardDatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "cards.toml")
	for say, text := range map[string]string{
		"":                        databaseFile,
		"unknown key ask.nobody":  strings.Replace(databaseFile, `none = "1009"`, `nobody = "1009"`, 1),
		"line 2 is no setting":    strings.Replace(databaseFile, "connect = ", "connect: ", 1),
		"sell: do: missing":       strings.Replace(databaseFile, "CALL wk_sell(?, ?, ?, ?)", "", 1),
		"no code says other-card": strings.Replace(databaseFile, `"other-card"`, `"no-user"`, 1),
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := openCards(&options{cardSystem: "odbc://" + path}, slog.New(slog.DiscardHandler))
		if (err == nil) != (say == "") || err != nil && (!strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%v, want %q", err, say)
		}
		if err == nil {
			if err := c.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for _, flag := range []string{"odbc://cards.toml", "odbc:///no/such.toml", "odbc:cards.toml"} {
		if _, err := openCards(&options{cardSystem: flag}, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: no error", flag)
		}
	}
}
