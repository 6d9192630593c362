package web

import (
	"bytes"
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// TestExport: an accountant takes the payments of a date along, each form whole, and it is
// in the audit log who did.
func TestExport(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	fetch := func(form string) (http.Header, []byte) {
		t.Helper()
		resp, err := c.Get(d.http.URL + "/api/v1/dates/2026-11-23/export?form=" + form)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %.200s, %v", form, resp.StatusCode, b, err)
		}

		return resp.Header, b
	}

	h, b := fetch("csv")
	if h.Get("Content-Disposition") != `attachment; filename="payments-20261123.csv"` || h.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%v", h)
	}
	rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\uFEFF")))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	states := map[string]string{}
	for _, r := range rows {
		states[r[0]] = r[9]
	}
	if states[serials["owed"]] != "待退补" || len(rows) < 20 {
		t.Errorf("%d rows, owed is %q", len(rows), states[serials["owed"]])
	}

	h, b = fetch("xlsx")
	f, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	sheet, err := f.GetRows("2026-11-23")
	if err != nil || len(sheet) != len(rows) || h.Get("Content-Disposition") != `attachment; filename="payments-20261123.xlsx"` {
		t.Errorf("%d rows of %d, %v, %v", len(sheet), len(rows), err, h)
	}

	_, b = fetch("104")
	standing := strings.Count(string(b), "\r\n")
	posted := 0
	for _, s := range states {
		if s == "已入账" {
			posted++
		}
	}
	if standing == 0 || standing != posted || len(b) != 106*standing {
		t.Errorf("%d lines in %d bytes, %d are booked", standing, len(b), posted)
	}

	for path, want := range map[string]int{
		"/api/v1/dates/20261123/export?form=csv": 400, "/api/v1/dates/2026-11-23/export": 400, "/api/v1/dates/2026-11-23/export?form=pdf": 400,
	} {
		if status, body := d.call(c, "GET", path, nil); status != want || errCode(body) != "bad-request" {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	log, err := w.store.AuditLog(t.Context(), 1)
	w.check(err)
	if a := log[0]; a.User != "zhang" || a.Action != "export payments" || a.Object != "20261123" || a.Reason != "104" {
		t.Errorf("%+v", a)
	}
}

// TestExportBusy: what is too much at a time is said, and not waited for.
func TestExportBusy(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	for range maxExports {
		d.srv.exports.places <- struct{}{}
	}
	status, body := d.call(d.as("zhang"), "GET", "/api/v1/dates/2026-11-23/export?form=csv", nil)
	if status != http.StatusTooManyRequests || errCode(body) != "too-many-requests" {
		t.Errorf("%d %s", status, body)
	}
}
