package line

import (
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/record"
)

// TestOfficeThatLacksTrimmedRecordsIsACondition: head office was restored to before what
// the journal has kept. Nothing can be sent from there, so a person has to know; what is
// acknowledged stays so, and money is not stopped.
func TestOfficeThatLacksTrimmedRecordsIsACondition(t *testing.T) {
	u, j, events := heard(t)
	recs, err := j.Read(2, 1, record.MaxSize)
	if err != nil {
		t.Fatal(err)
	}
	head, first := j.Head(), record.Head{Seq: 1, Hash: recs[0].Prev}
	acknowledge(t, u, head)
	if n, err := j.Trim(time.Now().Add(200 * 24 * time.Hour)); n != 4 || err != nil {
		t.Fatalf("trimmed %d records, %v", n, err)
	}

	for range 3 {
		acknowledge(t, u, first)
	}
	if len(*events) != 1 {
		t.Fatalf("told %+v", *events)
	}
	w, ok := (*events)[0].(kiosk.Warning)
	if !ok || w.Code != "office-behind" || !w.On || w.Source != "line" || !strings.Contains(w.Detail, "it has up to 1 of 4") {
		t.Errorf("told %+v", w)
	}
	if j.Acknowledged() != head.Seq {
		t.Errorf("acknowledged %d, want %d", j.Acknowledged(), head.Seq)
	}
}
