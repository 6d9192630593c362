package web

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"wattkiosk/uplink/office/approval"
	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/store/storetest"
)

// proposing are the pages on which two people act, by town, and which forms of theirs are to
// be found there, by the end of where they are posted to.
var proposing = []struct {
	name  string
	who   string
	open  func(t *testing.T) (d *desk, pages []string)
	forms string
}{
	{"a morning", "li root", func(t *testing.T) (*desk, []string) {
		w, all := morning(t)
		held := w.holds()
		w.forks("10000001")
		d := openDesk(t, w, nil)
		owed := d.caseOf(all["owed"], books.ClassOwed)
		return d, []string{"/cases", "/transactions/" + all["owed"], casePath(owed), "/transactions/" + all["posted"], casePath(held), "/kiosks/10000001", "/kiosks/10000002", "/bounds", "/bounds?kiosk=10000002"}
	}, "bounds choose-branch close pay-out refuse-order release-order replace resume retire retry reverse"},
	{"codes", "li", func(t *testing.T) (*desk, []string) {
		return openDesk(t, qrTown(t), nil), []string{"/qr-orders/" + qrSerial}
	}, "close refund"},
	{"cards", "li", func(t *testing.T) (*desk, []string) {
		w, sale := owedAtTheBank(t)
		return openDesk(t, w, nil), []string{"/bank-cards/" + sale}
	}, "close refund"},
	{"a refund that the bank was asked for", "li", func(t *testing.T) (*desk, []string) {
		w, sale := owedAtTheBank(t)
		d := openDesk(t, w, nil)
		li := d.as("li")
		if status, body := d.call(li, "POST", api+"/plans", object{"kind": "refund-card", "object": sale, "reason": "顾客要求"}); status != http.StatusAccepted {
			t.Fatal(status, body)
		}
		d.approve(d.as("wang"))
		return d, []string{"/bank-cards/" + sale}
	}, "answer"},
	{"cash", "zhang he", func(t *testing.T) (*desk, []string) {
		d, _, serial := cashTown(t)
		v := forged(t, d, d.as("zhang"))
		return d, []string{"/collections/" + serial, "/counterfeits/" + v.ID}
	}, "decide receive take-back"},
	{"the vault", "he", func(t *testing.T) (*desk, []string) {
		d, _, serial := cashTown(t)
		receive := object{"genuine": storetest.Piles(100, 2, 50, 1, 20, 1), "reason": "按日接收"}
		if status, body := d.call(d.as("he"), "POST", api+"/collections/"+serial+"/receive", receive); status != http.StatusAccepted {
			t.Fatal(status, body)
		}
		d.approve(d.as("zhang"))
		return d, []string{"/remittances"}
	}, "remittances"},
	{"a date that nobody signs", "zhang", func(t *testing.T) (*desk, []string) {
		_, d := unsignedNight(t)
		if status, body := d.call(d.as("zhang"), "POST", api+"/cash-rules", object{"scope": "fleet", "from": "05:30"}); status != http.StatusOK {
			t.Fatal(status, body)
		}
		return d, []string{"/cash-rules"}
	}, "lift"},
}

// caseOf is the ID of the open case of a class of a payment.
func (d *desk) caseOf(serial, class string) string {
	d.t.Helper()
	all, err := d.town.store.CasesOf(d.t.Context(), []string{serial})
	d.check(err)
	for _, c := range all[serial] {
		if c.Class == class && c.Open {
			return c.ID
		}
	}
	d.t.Fatalf("no case %s of %s", class, serial)

	return ""
}

func (d *desk) check(err error) { d.t.Helper(); d.town.check(err) }

var (
	wholeForm = regexp.MustCompile(`(?s)<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>`)
	namedTag  = regexp.MustCompile(`<(?:input|textarea|select)[^>]*name="([^"]*)"[^>]*>`)
	valueOf   = regexp.MustCompile(`value="([^"]*)"`)
	namedPlan = regexp.MustCompile(`plan p-[a-z0-9]+`)
	anOption  = regexp.MustCompile(`<option value="([^"]+)"`)
)

// filled is a form as somebody fills it in.
func filled(form string) url.Values {
	v := url.Values{}
	for _, at := range namedTag.FindAllStringSubmatchIndex(form, -1) {
		tag, name := form[at[0]:at[1]], form[at[2]:at[3]]
		value := ""
		if m := valueOf.FindStringSubmatch(tag); m != nil {
			value = html.UnescapeString(m[1])
		}
		switch {
		case strings.HasPrefix(tag, "<select"):
			if m := anOption.FindStringSubmatch(form[at[1]:]); m != nil {
				value = m[1]
			}
		case strings.HasPrefix(tag, "<textarea"), name == "reason":
			value = "查过现场"
		case name == "to":
			value = "张三"
		case name == "number":
			value = "20261123"
		case name == "max-cash":
			value = "300"
		case strings.HasPrefix(name, "genuine-100"):
			value = "2"
		}
		v.Set(name, value)
	}

	return v
}

// TestAWaitingPlanIsNotProposedAgain: what waits for a second person is shown on its page in
// place of the form that would propose it again, and a second one is refused with words.
func TestAWaitingPlanIsNotProposedAgain(t *testing.T) {
	for _, c := range proposing {
		t.Run(c.name, func(t *testing.T) {
			d, pages := c.open(t)
			found := map[string]bool{}
			for _, who := range strings.Fields(c.who) {
				browser := d.as(who)
				for _, page := range pages {
					d.proposesOnce(t, browser, who, page, found)
				}
			}
			var got []string
			for end := range found {
				got = append(got, end)
			}
			slices.Sort(got)
			if all := strings.Join(got, " "); all != c.forms {
				t.Errorf("proposed by the forms %q, want %q", all, c.forms)
			}
		})
	}
}

// proposesOnce has somebody fill in each form of a page from which a plan comes.
func (d *desk) proposesOnce(t *testing.T, c *http.Client, who, page string, found map[string]bool) {
	t.Helper()
	_, body := d.call(c, "GET", page, nil)
	for _, m := range wholeForm.FindAllStringSubmatch(body, -1) {
		action, form := html.UnescapeString(m[1]), filled(m[2])
		if !strings.Contains(m[0], `name="reason"`) && !strings.Contains(m[0], `name="resolution"`) {
			continue
		}
		plan := d.posts(c, action, form)
		if plan == "" {
			continue
		}
		found[action[strings.LastIndex(action, "/")+1:]] = true
		after := d.reads(c, page)
		if !strings.Contains(after, `<p class="waiting"><a href="/plans/`+plan+`">`) || !strings.Contains(after, who+" 于 ") {
			t.Errorf("%s as %s: plan %s of %s is not shown", page, who, plan, action)
		}
		if strings.Contains(after, `action="`+m[1]+`"`) && strings.Contains(after, m[0]) {
			t.Errorf("%s as %s offers %s again while %s waits", page, who, action, plan)
		}
		r, err := c.PostForm(d.http.URL+action, form)
		d.check(err)
		said := readAll(t, r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusConflict || !strings.Contains(said, "同一事项已经提出，正等待另一人批准") {
			t.Errorf("%s a second time: %d %s", action, r.StatusCode, pageText(said))
		}
		d.withdraws(t, plan, who)
	}
}

// posts posts a form, and is the plan that came of it; empty for none.
func (d *desk) posts(c *http.Client, action string, form url.Values) string {
	d.t.Helper()
	r, err := c.PostForm(d.http.URL+action, form)
	d.check(err)
	r.Body.Close()
	to, is := strings.CutPrefix(r.Header.Get("Location"), "/plans/")
	if !is {
		return ""
	}
	id, _, _ := strings.Cut(to, "?")

	return id
}

// withdraws holds what a program is told of a second plan, and takes the first one back, so
// that the next form of the page is offered.
func (d *desk) withdraws(t *testing.T, plan, who string) {
	t.Helper()
	p, err := d.town.store.Plans.Plan(t.Context(), plan, noon)
	d.check(err)
	_, err = d.town.store.Plans.Propose(t.Context(), p.Kind, approval.Ask{Object: p.Object, Args: p.Args, Reason: "再提一次", By: who}, d.srv.now())
	if want := "the same is proposed already, and waits for a second person: plan " + plan + ", proposed by " + who + " at "; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%s of %s proposed again: %v", p.Kind, p.Object, err)
	}
	_, err = d.town.store.Plans.Refuse(t.Context(), plan, who, "不办了", d.srv.now())
	d.check(err)
}
