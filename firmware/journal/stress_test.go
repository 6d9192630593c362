package journal_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

// TestFlushes writes several memtables, so that tables are flushed, merged and
// read back. On 32-bit targets this is what finds the corruption of tables that
// are smaller than 4 memtables; run it with GOARCH=386 and arm too.
func TestFlushes(t *testing.T) {
	const calls, each, size = 700, 8, 4000 // 22 MB, 5 memtables and more
	o := options(t.TempDir())
	j := mustOpen(t, o)
	payload := make([]byte, size)
	for i := range calls {
		var drafts []record.Draft
		for k := range each {
			binary.BigEndian.PutUint32(payload[4*k:], uint32(i))
			drafts = append(drafts, record.Draft{Type: "x", Txn: fmt.Sprint("T", i%50), Payload: bytes.Clone(payload)})
		}
		if _, err := j.Append(drafts...); err != nil {
			t.Fatal(err)
		}
	}
	check := func(j *journal.Journal) {
		t.Helper()
		rep, err := j.Verify(t.Context())
		if err != nil || rep.Records != calls*each {
			t.Fatalf("report %+v, %v", rep, err)
		}
		if rs, err := j.Txn("T7"); err != nil || len(rs) != calls/50*each || binary.BigEndian.Uint32(rs[0].Payload) != 7 {
			t.Fatalf("transaction has %d records, %v", len(rs), err)
		}
	}
	check(j)
	if err := j.Compact(); err != nil {
		t.Fatal(err)
	}
	check(j)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	check(mustOpen(t, o))
}
