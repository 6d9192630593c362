package web

import (
	"net/http"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/wire"
)

// script is what nothing on a page may carry out: it ends a text and an attribute.
const script = `"'></td><img src=x onerror=alert(1)>`

// hostile sets each text in v, however deep, and gives each list an element.
func hostile(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(script)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		hostile(v.Elem())
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			hostile(v.Index(0))
		}
	case reflect.Map:
		if v.Type().Key().Kind() == reflect.String && v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(reflect.ValueOf(script).Convert(v.Type().Key()), reflect.ValueOf(script).Convert(v.Type().Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				hostile(v.Field(i))
			}
		}
	}
}

// TestAttackScriptOnPages: what a kiosk, its customers' utility, a browser or a person says is
// text on every page, in both languages.
func TestAttackScriptOnPages(t *testing.T) {
	w, _ := morning(t)
	var st wire.State
	hostile(reflect.ValueOf(&st).Elem())
	w.report("10000001", true, noon, st)
	serial := w.pay(payment{"10000001", "1000000555", script, script, 100, noon, []int64{10}, "disputed"})
	d := openDesk(t, w, nil)
	c := d.as("wang")
	r, err := http.NewRequestWithContext(t.Context(), "POST", d.http.URL+"/api/v1/login", strings.NewReader(`{"user":"wang","password":"`+password+`"}`))
	w.check(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", script)
	if status, body := d.do(c, r); status != 200 {
		t.Fatalf("login: %d %s", status, body)
	}
	if status, body := d.call(c, "POST", api+"/postings/"+serial+"/reverse", object{"reason": script}); status != 202 && status != 409 {
		t.Errorf("reverse: %d %s", status, body)
	}
	for _, path := range []string{"/kiosks/10000001/suspend", "/postings/" + serial + "/retry", "/cases/" + script + "/comment"} {
		d.form(c, path, "reason", script, "text", script)
	}
	w.check(w.store.Audit(t.Context(), people.Audit{At: noon.UnixMilli(), User: script, Action: script, Object: script, Reason: script}))

	d.staffed()
	readers := []*http.Client{d.as("root"), d.as("shen"), c}
	for _, language := range []string{"zh", "en"} {
		told := 0
		for _, reader := range readers {
			d.form(reader, "/language", "language", language, "back", "/")
			for _, rt := range d.srv.routes() {
				if rt.method != http.MethodGet || !rt.page {
					continue
				}
				path := strings.NewReplacer("{id}", "10000001", "{serial}", serial, "{$}", "", "{date}", "2026-11-23").Replace(rt.path)
				for _, to := range []string{path, path + "?q=" + "%22%27%3E%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E&live=1"} {
					_, body := d.call(reader, "GET", to, nil)
					if at := strings.Index(body, "<img src=x"); at >= 0 {
						t.Errorf("%s: …%s", to, body[max(0, at-200):at+40])
					}
					told += len(regexp.MustCompile(`&lt;img src=x`).FindAllString(body, -1))
				}
			}
		}
		if told < 10 {
			t.Errorf("%s: only %d such texts are on any page", language, told)
		}
	}
}
