package kiosk

import (
	"slices"
	"testing"

	"wattkiosk/hal/printer"
)

// TestASlipNamesItsIssuerAndPlace as they were configured.
func TestASlipNamesItsIssuerAndPlace(t *testing.T) {
	cfg := config
	cfg.Utility, cfg.Site, cfg.Place, cfg.Hotline = "示范供电公司", "城东营业厅", "示范市人民路1号", "95598"
	r := newRigOf(t, cfg)
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	job, ok := last[Print](r)
	if !ok {
		t.Fatal("nothing was printed")
	}
	for _, want := range []string{"示范供电公司", "城东营业厅", "示范市人民路1号", "服务热线 95598"} {
		if !slices.ContainsFunc(job.Page.Lines, func(l printer.Line) bool { return l.Text == want || l.Value == want }) {
			t.Errorf("the slip does not say %s: %+v", want, job.Page.Lines)
		}
	}
}
