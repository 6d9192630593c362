package journal_test

import (
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/firmware/journal/journaltest"
)

func TestJournalConforms(t *testing.T) {
	journaltest.Suite(t, func(t testing.TB, o journal.Options) journaltest.Store {
		o.Key = []byte("0123456789abcdef")
		j, err := journal.Open(o)
		if err != nil {
			t.Fatal(err)
		}
		return j
	})
}
