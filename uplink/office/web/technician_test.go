package web

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// stencil is codes of a fixed form; kiosk 10000006 has no usable key.
type stencil struct{ made []string }

func (s *stencil) Code(_ context.Context, kiosk, number, challenge string) (string, error) {
	switch {
	case kiosk == "10000006":
		return "", fmt.Errorf("kiosk: %w", ErrKioskKey)
	case kiosk == "10000005":
		return "", fmt.Errorf("%w: no such file", ErrSigner)
	case !strings.HasPrefix(kiosk, "1000000"):
		return "", stored.ErrNotFound
	}
	s.made = append(s.made, kiosk+" "+number+" "+challenge)
	return "59833498", nil
}

// workshop is a desk with two technicians, one of them disabled, and a clock.
func workshop(t *testing.T) (*desk, *stencil, *time.Time) {
	t.Helper()
	w, _ := morning(t)
	for i, name := range []string{"王技术", "赵技术"} {
		tech := people.Technician{Number: fmt.Sprint(1001 + i), Name: name, Role: wire.RoleTechnician, PIN: strings.Repeat("x", wire.PINHash), Disabled: i == 1}
		w.check(w.store.PutTechnician(t.Context(), tech, "li", noon.AddDate(0, -1, 0)))
	}
	collects := people.Technician{Number: "1003", Name: "孙清机", Role: wire.RoleCollector, PIN: strings.Repeat("x", wire.PINHash)}
	w.check(w.store.PutTechnician(t.Context(), collects, "li", noon.AddDate(0, -1, 0)))
	s, now := &stencil{}, noon
	return openDesk(t, w, func(c *Config) { c.Codes = s; c.Now = func() time.Time { return now } }), s, &now
}

func TestCodes(t *testing.T) {
	d, made, now := workshop(t)
	wang := d.as("wang")
	ask := func(number, kiosk, challenge string) (int, string) {
		return d.call(wang, "POST", "/api/v1/technicians/"+number+"/code", object{"kiosk": kiosk, "challenge": challenge})
	}
	if status, body := ask("1001", "10000001", "482913"); status != 200 || body != `{"code":"59833498"}`+"\n" {
		t.Errorf("%d %s", status, body)
	}
	for _, c := range []struct {
		number, kiosk, challenge string
		status                   int
		code                     string
	}{
		{"1001", "10000001", "48291", 400, "bad-request"},
		{"1001", "10000001", "48291x", 400, "bad-request"},
		{"1002", "10000001", "482913", 404, "not-found"}, // disabled
		{"1009", "10000001", "482913", 404, "not-found"},
		{"1003", "10000001", "482913", 404, "not-found"}, // collects
		{"1001", "99999999", "482913", 404, "not-found"},
		{"1001", "10000006", "482913", 409, "kiosk-key"},
	} {
		if status, body := ask(c.number, c.kiosk, c.challenge); status != c.status || errCode(body) != c.code {
			t.Errorf("%+v: %d %s", c, status, body)
		}
	}
	if len(made.made) != 1 || made.made[0] != "10000001 1001 482913" {
		t.Errorf("%v", made.made)
	}
	*now = now.Add(time.Hour)
	wang = d.as("wang")            // nobody is logged in for an hour without doing anything
	for i := range codeBurst + 1 { // of one person, whatever the kiosk
		status, body := ask("1001", fmt.Sprint(10000001+i%5), "482913")
		if limited := status == 429 && errCode(body) == "too-many-requests"; limited != (i == codeBurst) {
			t.Errorf("try %d: %d %s", i, status, body)
		}
	}
	*now = now.Add(codeRefill)
	if status, _ := ask("1001", "10000001", "482913"); status != 200 {
		t.Errorf("after a while: %d", status)
	}
	log, err := d.town.store.AuditLog(t.Context(), 100)
	d.town.check(err)
	n := 0
	for _, a := range log {
		if strings.Contains(fmt.Sprint(a), "59833498") || strings.Contains(fmt.Sprint(a), "482913") {
			t.Errorf("the audit log tells the code or the challenge: %+v", a)
		}
		if a.Action == "give one-time code" {
			n++
			if a.User != "wang" || a.Reason != "to 1001 王技术" || !strings.HasPrefix(a.Object, "1000000") {
				t.Errorf("%+v", a)
			}
		}
	}
	if n != len(made.made) {
		t.Errorf("%d codes audited, %d made", n, len(made.made))
	}
	var all struct{ Technicians []people.Technician }
	d.get(wang, "/api/v1/technicians", &all)
	if len(all.Technicians) != 3 || !all.Technicians[1].Disabled || all.Technicians[0].PIN != "" {
		t.Errorf("%+v", all)
	}
}

func TestCodePage(t *testing.T) {
	d, _, _ := workshop(t)
	wang := d.as("wang")
	for _, language := range []string{"zh", "en"} {
		d.form(wang, "/language", "language", language, "back", "/")
		_, body := d.call(wang, "GET", "/technicians", nil)
		if strings.Contains(body, missing) || strings.Contains(body, "%!") || strings.Contains(body, `value="1002"`) || strings.Contains(body, `value="1003"`) || strings.Contains(body, "data-part") {
			t.Errorf("%s: words are missing, one who is disabled or collects can be chosen, or the page renews itself", language)
		}
	}
	post := func(pairs ...string) (int, string) {
		t.Helper()
		a, err := wang.PostForm(d.http.URL+"/technicians/code", values(pairs...))
		d.town.check(err)
		defer a.Body.Close()
		return a.StatusCode, readAll(t, a.Body)
	}
	status, body := post("number", "1001", "kiosk", "10000001", "challenge", "482 913")
	if status != 200 || !regexp.MustCompile(`class="code">5983 3498<`).MatchString(body) || !strings.Contains(body, "1001 王技术, kiosk 10000001") || strings.Contains(body, "482 913") {
		t.Errorf("%d %s", status, body)
	}
	for _, c := range []struct {
		kiosk, challenge, words string
		status                  int
	}{{"10000001", "4829", "code.challenge", 400}, {"10000006", "482913", "code.key", 409}, {"99999999", "482913", "code.unknown", 404}} {
		status, body := post("number", "1001", "kiosk", c.kiosk, "challenge", c.challenge)
		if status != c.status || !strings.Contains(body, strings.ReplaceAll(en.t(c.words), "'", "&#39;")) || strings.Contains(body, `class="code"`) {
			t.Errorf("%+v: %d", c, status)
		}
	}
}

func TestCodesNotOffered(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	if status, body := d.call(d.as("wang"), "POST", "/api/v1/technicians/1001/code", object{"kiosk": "10000001", "challenge": "482913"}); status != 501 || errCode(body) != "not-offered" {
		t.Errorf("%d %s", status, body)
	}
}

// TestAttackSignerAway: without the process that has the keys the page says so, a program is told
// so, and there is no code.
func TestAttackSignerAway(t *testing.T) {
	d, stencil, _ := workshop(t)
	wang := d.as("wang")
	status, body := d.call(wang, "POST", "/api/v1/technicians/1001/code", object{"kiosk": "10000005", "challenge": "482913"})
	if status != 503 || errCode(body) != "signer-away" {
		t.Errorf("by a program: %d %s", status, body)
	}
	a, err := wang.PostForm(d.http.URL+"/technicians/code", values("number", "1001", "kiosk", "10000005", "challenge", "482913"))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if page := readAll(t, a.Body); a.StatusCode != 503 || !strings.Contains(page, "签名服务没有应答") || strings.Contains(page, "5983 3498") {
		t.Errorf("on the page: %d %.2000s", a.StatusCode, page)
	}
	if len(stencil.made) != 0 {
		t.Errorf("codes were made: %v", stencil.made)
	}
}
