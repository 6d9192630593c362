package kiosk

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/firmware/service/collect"
	"wattkiosk/firmware/service/reprint"
	"wattkiosk/hal"
	"wattkiosk/hal/bill"
	"wattkiosk/hal/printer"
)

// reprinter goes from the foot of the idle page to the list of slips.
func (r *rig) reprinter() {
	r.t.Helper()
	r.touch("collect")
	r.screen(collect.AtLogin)
	r.touch("reprint")
	r.screen(reprint.AtLogin)
	r.enters("reprint-login", "21")
	r.screen(reprint.AtList)
}

// rows are the serials on the list.
func (r *rig) rows() (all []string) {
	r.t.Helper()
	list, ok := r.c.View().Fields.(reprint.ListPage)
	if !ok {
		r.t.Fatalf("on %s there is no list", r.c.View().Screen)
	}
	for _, row := range list.Rows {
		all = append(all, row.Serial)
	}

	return all
}

// pays has a customer put in 100, and returns the slip.
func (r *rig) pays() Print {
	r.t.Helper()
	r.toCash()
	r.note(10000)
	r.finish()
	r.answerPosted(10000)
	job, ok := last[Print](r)
	if !ok {
		r.t.Fatal("nothing was printed")
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	r.touch("finish")

	return job
}

// TestStaffPrintASlipAgain: the copy is of the same payment and says that it is one, who
// asked for it is in the journal before the job goes out, and the line may be down.
func TestStaffPrintASlipAgain(t *testing.T) {
	r := newRig(t)
	first := r.pays()
	serial, _, _ := strings.Cut(first.ID, "/")
	r.do(Link{false})
	r.reprinter()
	if got := r.rows(); !slices.Equal(got, []string{serial}) {
		t.Fatalf("listed %v, want %s", got, serial)
	}
	r.touch("reprint-choose", "serial", serial)
	r.screen(reprint.AtSlip)
	slips := r.count("slip")
	r.touch("print")
	job, _ := last[Print](r)
	if job.ID != serial+"/2" || r.count("slip") != slips+1 {
		t.Errorf("job %q, %d records of slips after %d", job.ID, r.count("slip"), slips)
	}
	if got, want := r.payloads("staff-reprint"), fmt.Sprintf(`[{"copy":2,"number":"21","serial":"%s"}]`, serial); fmt.Sprint(got) != want {
		t.Errorf("recorded %v, want %s", got, want)
	}
	original, again := pageText(first.Page), pageText(job.Page)
	if !strings.Contains(again, "补打 第 2 份") || !strings.Contains(again, "补打时间 ") || strings.Contains(original, "补打时间") {
		t.Errorf("the copy is not marked:\n%s", again)
	}
	for _, line := range strings.Split(again, "\n") {
		if !strings.HasPrefix(line, "补打") && !strings.Contains(original, line) {
			t.Errorf("the copy tells %q, which the slip did not:\n%s", line, original)
		}
	}

	if got := r.c.View().Field("outcome"); got != any("printing") || r.c.View().Offers("print") {
		t.Errorf("while it is printed: %v", got)
	}
	r.do(Printer{printer.Event{Kind: printer.Printed, ID: job.ID}})
	if got := r.c.View().Field("message"); got != any("第 2 份：已打印，请交给客户。") {
		t.Errorf("printed: %v", got)
	}
	r.do(Link{true})
	r.touch("staff-leave")
	r.screen(page.Idle)
	if r.c.reprint.found != nil || r.c.visit.Reprinter.Number != "" {
		t.Errorf("kept after the visit: %+v", r.c.reprint)
	}
}

// TestASlipThatCannotBePrintedAgain says so, and each attempt has a number of its own.
func TestASlipThatCannotBePrintedAgain(t *testing.T) {
	r := newRig(t)
	serial, _, _ := strings.Cut(r.pays().ID, "/")
	r.reprinter()
	r.touch("reprint-choose", "serial", serial)

	online := printer.Status{State: hal.DeviceOnline, Paper: printer.PaperFull}
	out := online
	out.Paper = printer.PaperOut
	says := func(want string) {
		t.Helper()
		if got := r.c.View().Field("message"); got != any(want) {
			t.Errorf("says %v, want %s", got, want)
		}
	}
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: out}})
	says("现在不能打印：凭证纸用完。")
	r.refuses("no-printer", "print")
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: online}})
	says("补打的凭证注明份数和补打时间，流水号不变。")

	for n, c := range []struct {
		kind printer.Kind
		says string
	}{
		{printer.NotPrinted, "第 2 份：未打印。"},
		{printer.Unsure, "第 3 份：不能确认是否打印完整，请查看出纸口。"},
		{printer.Printed, "第 4 份：已打印，请交给客户。"},
	} {
		r.touch("print")
		job, _ := last[Print](r)
		if want := fmt.Sprintf("%s/%d", serial, n+2); job.ID != want {
			t.Fatalf("job %s, want %s", job.ID, want)
		}
		r.do(Printer{printer.Event{Kind: c.kind, ID: job.ID}})
		says(c.says)
	}

	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: out}})
	says("第 4 份：已打印，请交给客户。现在不能再打印：凭证纸用完。")
	r.do(Printer{printer.Event{Kind: printer.StatusChanged, Status: online}})
	r.touch("print")
	r.now = r.now.Add(slipPatience)
	r.do(Tick{})
	says("第 5 份：不能确认是否打印完整，请查看出纸口。")
	r.touch("back")
	if got := r.c.View().Fields.(reprint.ListPage).Rows[0].Copies; got != "已打印 5 份" {
		t.Errorf("the list says %q", got)
	}
}

// TestASlipIsFoundByItsNumber: by its last digits among the recent ones, by all of it
// however old.
func TestASlipIsFoundByItsNumber(t *testing.T) {
	r := newRig(t)
	var serials []string
	for range reprint.PerPage + 2 {
		serial, _, _ := strings.Cut(r.pays().ID, "/")
		serials = append(serials, serial)
	}
	slices.Reverse(serials)
	r.reprinter()
	if got := r.rows(); !slices.Equal(got, serials[:reprint.PerPage]) {
		t.Errorf("the newest are %v of %v", got, serials)
	}
	r.touch("reprint-older", "from", "4")
	if got := r.rows(); !slices.Equal(got, serials[reprint.PerPage:]) || r.c.View().Offers("reprint-older") {
		t.Errorf("the older are %v of %v", got, serials)
	}
	r.touch("reprint-newer", "from", "0")

	find := func(digits string) {
		t.Helper()
		r.touch("reprint-number")
		r.touch("reprint-find", "number", digits)
	}
	oldest := serials[len(serials)-1]
	find(oldest[len(oldest)-6:])
	if got := r.rows(); !slices.Equal(got, []string{oldest}) {
		t.Errorf("by its end: %v, want %s", got, oldest)
	}
	r.touch("reprint-all")
	r.c.money.slips = nil // it is none of the last ones any more
	find(oldest)
	if got := r.rows(); !slices.Equal(got, []string{oldest}) {
		t.Errorf("by all of it: %v, want %s", got, oldest)
	}
	for digits, notice := range map[string]string{"99999999": "reprint-none", "10000001990000000001": "reprint-none", "20000002010000000001": "reprint-elsewhere"} {
		find(digits)
		r.notice(notice)
		r.touch("back")
	}
}

// TestTheListOutlivesAStart, with as many as it holds, and without what was cancelled.
func TestTheListOutlivesAStart(t *testing.T) {
	r := newRig(t)
	serial, _, _ := strings.Cut(r.pays().ID, "/")
	r.toCash()
	r.touch("cancel")
	r.validator(bill.Disabled, 0)
	r.restart()
	r.validator(bill.Disabled, 0)
	r.do(Link{true})
	r.reprinter()
	if got := r.rows(); !slices.Equal(got, []string{serial}) {
		t.Errorf("listed %v, want %s", got, serial)
	}

	var b books
	paid, _ := r.c.money.lookUp(serial)
	for n := range maxSlips + 3 {
		paid.Serial = fmt.Sprint(n)
		b = b.with(paid, paid)
	}
	if len(b.slips) != maxSlips || b.slips[0] != "3" || b.slips[maxSlips-1] != "42" {
		t.Errorf("kept %v", b.slips)
	}
}

// TestOnlyThoseWhoTakeTheCashOutReprint, and nobody without a record of the login.
func TestOnlyThoseWhoTakeTheCashOutReprint(t *testing.T) {
	for _, c := range []struct{ code, role, notice string }{
		{"", "technician", "collect-wrong"}, {"pin", "", "collect-wrong"}, {"unknown", "", "collect-wrong"}, {"locked", "", "staff-locked"}, {"no-roster", "", "staff-no-roster"},
	} {
		r := newRig(t)
		r.pays()
		r.touch("collect")
		r.touch("reprint")
		r.touch("reprint-login", "number", "21", "pin", "270915")
		check, _ := last[CheckStaff](r)
		e := StaffChecked{ID: check.ID, Code: c.code}
		e.Person.Number, e.Person.Role = "21", c.role
		r.do(e)
		r.screen(reprint.AtLogin)
		r.notice(c.notice)
	}

	r := newRig(t)
	r.pays()
	r.touch("collect")
	r.touch("reprint")
	r.touch("reprint-login", "number", "21", "pin", "270915")
	check, _ := last[CheckStaff](r)
	r.j.Full(true)
	e := StaffChecked{ID: check.ID}
	e.Person.Number, e.Person.Role = "21", "collector"
	r.do(e)
	r.screen(reprint.AtLogin)
	r.notice("staff-refused")
}

// TestNothingIsReprintedWithoutARecord: where the journal refuses, no job goes out.
func TestNothingIsReprintedWithoutARecord(t *testing.T) {
	r := newRig(t)
	serial, _, _ := strings.Cut(r.pays().ID, "/")
	r.reprinter()
	r.touch("reprint-choose", "serial", serial)
	r.j.Full(true)
	r.touch("print")
	if job, ok := last[Print](r); ok && strings.HasSuffix(job.ID, "/2") {
		t.Errorf("printed %s", job.ID)
	}
	r.notice("reprint-not-recorded")
}

// TestNoSumIsShownToThoseWhoCountBlind on any of these pages.
func TestNoSumIsShownToThoseWhoCountBlind(t *testing.T) {
	r := newRig(t)
	serial, _, _ := strings.Cut(r.pays().ID, "/")
	look := func() {
		t.Helper()
		v := r.c.View()
		if shown := fmt.Sprintf("%+v", v.Fields); strings.Contains(shown, "100.00") || strings.Contains(shown, "1000000001") || strings.Contains(shown, "建国") {
			t.Errorf("%s shows %s", v.Screen, shown)
		}
	}
	r.reprinter()
	look()
	r.touch("reprint-choose", "serial", serial)
	look()
	if d := r.c.View().Deadline; d == nil || d.Sub(r.now) > 5*time.Minute {
		t.Errorf("stays until %v", d)
	}
}
