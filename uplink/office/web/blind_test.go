package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/stored"
)

// TestSecondCountIsBlind: a cashier who is to count a collection again sees neither what is
// expected of it nor what was counted at the kiosk, on no page and by no interface, before that
// count is in; then both, and the difference. An accountant sees them all along.
func TestSecondCountIsBlind(t *testing.T) {
	d, w, serial := cashTown(t)
	he, zhang := d.as("he"), d.as("zhang")
	w.check(w.store.Cash.Watch(t.Context(), noon.Add(25*time.Hour))) // it is in transit for too long
	cases, err := w.store.Cases(t.Context(), books.Filter{Limit: stored.MaxList})
	w.check(err)
	short := ""
	for _, c := range cases {
		if c.Class == books.ClassCount {
			short = c.ID
		}
	}
	if short == "" {
		t.Fatal("no case of the difference at the kiosk")
	}
	places := []string{
		"/collections/" + serial, "/collections", "/collections?phase=in-transit", "/cash/10000001", "/cases", "/cases/" + short, "/",
		api + "/collections/" + serial, api + "/collections", api + "/cases?open=true", api + "/cases", api + "/cases/" + short,
	}
	tells := func(c *http.Client, path string) []string {
		t.Helper()
		_, body := d.call(c, "GET", path, nil)
		if !strings.HasPrefix(path, api) {
			body = pageText(body)
		}
		var out []string
		for _, sum := range []string{"280.00", "270.00", "28000", "27000"} {
			if strings.Contains(body, sum) {
				out = append(out, sum)
			}
		}
		if strings.HasPrefix(path, "/collections/") && strings.Contains(body, "-10.00") {
			out = append(out, "the difference")
		}

		return out
	}
	for _, path := range places {
		if told := tells(he, path); len(told) > 0 {
			t.Errorf("%s tells who counts blind %v", path, told)
		}
	}
	for _, path := range []string{places[0], places[1], places[5], places[7], places[8], places[11]} {
		if told := tells(zhang, path); len(told) == 0 {
			t.Errorf("%s tells an accountant nothing", path)
		}
	}
	var all, his books.Figures
	d.get(zhang, api+"/stats", &all)
	d.get(he, api+"/stats", &his)
	if all.OpenCases-his.OpenCases != 2 || all.CaseAmount-his.CaseAmount != 28000 {
		t.Errorf("the sums of cases tell: %d, %s of %d, %s", his.OpenCases, his.CaseAmount, all.OpenCases, all.CaseAmount)
	}
	says(t, d.page(t, "he", "/collections/"+serial), "复点前不显示应有金额和终端清点结果")
	var c collectionView
	d.get(he, api+"/collections/"+serial, &c)
	if !c.Blind || c.Expected != nil || c.Stated != nil || c.Counted != nil || c.Difference != nil || c.DoubtAmount != nil || len(c.Inside) != 0 || len(c.Counts) != 0 {
		t.Errorf("%+v", c)
	}
	if status, _ := d.call(he, "GET", api+"/cases/"+short, nil); status != http.StatusForbidden {
		t.Errorf("its case: %d", status)
	}

	receive := object{"genuine": []object{{"value": 10000, "notes": 2}, {"value": 5000, "notes": 1}}, "reason": "按日接收"}
	if status, body := d.call(he, "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusAccepted {
		t.Fatalf("%d %s", status, body)
	}
	c = collectionView{}
	d.get(he, api+"/collections/"+serial, &c)
	if c.Blind || *c.Expected != 28000 || *c.Counted != 27000 || *c.Difference != -1000 {
		t.Errorf("once the second count is in: %+v", c)
	}
	d.approve(zhang)
	of, err := w.store.Cash.Collection(t.Context(), serial)
	w.check(err)
	if of.Phase() != cash.Received {
		t.Errorf("%s", of.Phase())
	}
	says(t, d.page(t, "he", "/collections/"+serial), "280.00", "270.00", "-20.00")
	d.get(zhang, api+"/stats", &all)
	if d.get(he, api+"/stats", &his); all.CaseAmount != his.CaseAmount || all.OpenCases != his.OpenCases {
		t.Errorf("sums of cases once it is received: %+v, %+v", his, all)
	}
}
