package web

import (
	"strings"
	"testing"

	"wattkiosk/payments/compensation"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/wire"
)

// TestWhoActsNext: it is said of each payment by its cell, and on the page of its case.
func TestWhoActsNext(t *testing.T) {
	w := newTown(t)
	w.kiosk("10000001", true, noon, wire.State{})
	for upTo, want := range map[string]compensation.Actor{
		"tendering": compensation.Customer, "posting": compensation.Machine, "ordered": compensation.Machine, "posted": compensation.Nobody,
		"owed": compensation.HeadOffice, "disputed": compensation.HeadOffice, "cancelled": compensation.Nobody,
	} {
		serial := w.pay(payment{kiosk: "10000001", account: "1000000001", at: noon, notes: []int64{100}, upTo: upTo})
		d, err := w.store.Detail(t.Context(), serial)
		w.check(err)
		if got := nextActor(d); got != want {
			t.Errorf("%s: %s acts, want %s", upTo, got, want)
		}
		if upTo != "owed" {
			continue
		}
		desk := openDesk(t, w, nil)
		cases, err := w.store.Cases(t.Context(), books.Filter{Class: books.ClassOwed})
		w.check(err)
		if _, body := desk.call(desk.as("zhang"), "GET", "/cases/"+cases[0].ID, nil); !strings.Contains(body, "总部，须人工处理") {
			t.Errorf("the page of the case: %s", pageText(body))
		}
	}
}
