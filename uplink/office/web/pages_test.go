package web

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"wattkiosk/payments/money"
	"wattkiosk/uplink/office/books"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// pageText is a page as a person reads it: without marks, one line per block.
func pageText(html string) string {
	html = regexp.MustCompile(`(?s)<(script|style|title)[^>]*>.*?</(script|style|title)>`).ReplaceAllString(html, "")
	html = regexp.MustCompile(`(?s)(<select name="state")[^>]*>.*?</select>`).ReplaceAllString(html, "") // the words of all states
	html = regexp.MustCompile(`</(tr|li|p|h1|h2|div|dt|dd|header|article)>`).ReplaceAllString(html, "\n")
	html = regexp.MustCompile(`<[^>]*>`).ReplaceAllString(html, " ")
	var out []string
	for line := range strings.Lines(html) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n") + "\n"
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it); got\n%s", path, got)
	}
}

// TestPages renders every page in both languages, with rows of every kind.
func TestPages(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("wang")
	pages := []string{"/", "/transactions", "/transactions?kiosk=10000001", "/postings", "/postings?open=1", "/cases", "/cases?open=0", "/?live=1", "/login", "/transactions/none", "/cases?note=closed"}
	for _, s := range serials {
		pages = append(pages, "/transactions/"+s)
	}
	for _, language := range []string{"zh", "en"} {
		if status, to := d.form(c, "/language", "language", language, "back", "/cases"); status != 303 || to != "/cases" {
			t.Fatalf("language: %d to %q", status, to)
		}
		for _, path := range pages {
			status, body := d.call(c, "GET", path, nil)
			want := 200
			if path == "/transactions/none" {
				want = 404
			}
			if status != want || strings.Contains(body, missing) || strings.Contains(body, "<no value>") || strings.Contains(body, "%!") || strings.Contains(body, "ZgotmplZ") {
				t.Errorf("%s in %s: %d, or words are missing", path, language, status)
			}
			if regexp.MustCompile(`(?i)<script>|style="|\son\w+="|(src|href)="(https?:)?//`).MatchString(body) {
				t.Errorf("%s: inline script or style, or something external", path)
			}
			if framed := strings.Contains(body, "<!doctype html>"); framed == strings.Contains(path, "live=1") {
				t.Errorf("%s: framed %t", path, framed)
			}
			if han := regexp.MustCompile(`总览|待入账|差异|终端|金额`).MatchString(strings.ReplaceAll(body, `lang="zh-CN">中文`, "")); han != (language == "zh") && path != "/login" && want == 200 {
				t.Errorf("%s in %s: the words are not", path, language)
			}
		}
	}
}

func TestPaymentGolden(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("zhang")
	for _, name := range []string{"power-cut", "owed"} {
		_, body := d.call(c, "GET", "/transactions/"+serials[name]+"?live=1", nil)
		golden(t, name+".zh.txt", pageText(body))
	}
	_, body := d.call(c, "GET", "/?live=1", nil)
	golden(t, "overview.zh.txt", pageText(body))
}

func TestFormsAct(t *testing.T) {
	w, serials := morning(t)
	d := openDesk(t, w, nil)
	c := d.as("wang")
	if status, to := d.form(c, "/postings/"+serials["owed"]+"/retry", "reason", "再试一次"); status != 303 || !strings.HasPrefix(to, "/plans/p-") || !strings.HasSuffix(to, "?note=plan.proposed") {
		t.Errorf("retry: %d to %q", status, to)
	}
	if status, to := d.form(c, "/postings/"+serials["posting"]+"/retry", "reason", "顾客在等"); status != 303 || to != "/transactions/"+serials["posting"]+"?note=retry" {
		t.Errorf("retry of an open one: %d to %q", status, to)
	}
	d.approve(d.as("li"))
	for path, want := range map[string]int{
		"/postings/" + serials["owed"] + "/reverse": 409, "/postings/" + serials["owed"] + "/burn": 404, "/cases/none/close": 404,
	} {
		if status, _ := d.form(c, path, "reason", "再试一次", "resolution", "已处理"); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if status, to := d.form(d.as("zhang"), "/cases/stray-note-10000004-0-1/close", "resolution", "清机核对，已挂账"); status != 303 || !strings.HasSuffix(to, "?note=plan.proposed") {
		t.Errorf("close: %d to %q", status, to)
	}
	d.approve(c)
	k, err := w.store.Cases(t.Context(), filterOf("10000004"))
	w.check(err)
	if len(k) != 1 || k[0].Open || k[0].ClosedBy != "zhang, wang" || k[0].Resolution != "清机核对，已挂账" {
		t.Errorf("case %+v", k)
	}
}

func TestMasks(t *testing.T) {
	for in, want := range map[string]string{"": "", "张": "张", "张伟民": "张**", "张**": "张**", "欧阳": "欧*"} {
		if got := maskName(in); got != want {
			t.Errorf("maskName(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"示范市人民路18号": "示范市人民路***", "示范市人民路***": "示范市人民路***", "人民路": "人民路"} {
		if got := maskAddress(in); got != want {
			t.Errorf("maskAddress(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestUnmaskedNamesStayInside(t *testing.T) {
	w, _ := morning(t)
	serial := w.pay(payment{"10000001", "1000000555", "司马光明", "示范市人民路18号4单元", 100, noon, []int64{10}, "posted"})
	d := openDesk(t, w, nil)
	c := d.as("root")
	for _, path := range []string{"/", "/transactions", "/transactions/" + serial, "/api/v1/transactions", "/api/v1/transactions/" + serial} {
		if status, body := d.call(c, "GET", path, nil); status != 200 || strings.Contains(body, "司马") || strings.Contains(body, "18号") {
			t.Errorf("%s: %d, or tells the name", path, status)
		}
	}
}

func TestGrouped(t *testing.T) {
	for in, want := range map[money.Amount]string{0: "0.00", 5: "0.05", 99999: "999.99", 100000: "1,000.00", 123456789: "1,234,567.89", -100050: "-1,000.50"} {
		if got := grouped(in); got != want {
			t.Errorf("grouped(%d) = %q, want %q", in, got, want)
		}
	}
	if got := yuan(-150); got != "-¥1.50" {
		t.Errorf("yuan(-150) = %q", got)
	}
}

func TestReasonsInChinese(t *testing.T) {
	for in, want := range map[string]string{
		"the MIS refused the posting (1035 不允许)":                                                                        "营销系统拒绝入账（1035 不允许）",
		"the card-meter system could neither confirm nor reverse the posting (E9 ?)":                                    "售电系统既不能确认也不能撤销（E9 ?）",
		"the card-meter system sold 130.00 as purchase 6 onto card FF, the order is purchase 5 of card 0A1B2C3D (0 ok)": "售电系统售电 130.00 元，第 6 次购电，卡 FF；应为卡 0A1B2C3D 第 5 次购电（0 ok）",
		"the MIS booked 199.00, the order is 200.00":                                                                    "营销系统入账 199.00 元，应入账 200.00 元",
		"closed with 150.00, the notes make 100.00":                                                                     "终端报合计 150.00 元，逐张纸币合计 100.00 元",
		"open since 2026-11-22 09:00, state asking":                                                                     "自 2026-11-22 09:00 起未了结，状态 查询中",
		"nobody can tell where the note is: no-report-in-time":                                                          "无法判定纸币去向：识币器未按时报告",
		"the MIS booked it as 128.50 to arrears and 1.51 to advance":                                                    "营销系统记为冲抵欠费 128.50 元、转预收 1.51 元",
		"record 7, note-stacked, cannot be read: EOF":                                                                   "记录 7（note-stacked）无法读取: EOF",
		"record 7, cash-closed, names a serial that is not this kiosk's":                                                "记录 7（cash-closed）的流水号不属于本终端",
		"records 3 to 9: the chain is broken":                                                                           "记录 3 至 9 不衔接：the chain is broken",
		"ended: posted":                                                                                                 "入账单已了结：已入账",
		"the customer was told that it is posted, before these books were restored; it is owed":                         "账目恢复之前已告知顾客缴费成功，现为：待退补",
		"on a branch of the journal, record 9: nobody can tell where the note is: returned":                             "分叉日志记录 9：无法判定纸币去向：识币器报告已退还",
		"a note of no payment, and nobody can tell where it is, value unknown: unaccounted-for":                         "不属于任何缴费的纸币，去向不明，面额未知：识币器报告纸币下落不明",
		"something that nobody has said before":                                                                         "something that nobody has said before",
		"held: 1.00 yuan to 10 by cash; now ordered: 2.00 yuan to 11 by qr":                                             "已有：户号 10，1.00 元，现金；又要求：户号 11，2.00 元，扫码",
	} {
		if got := zh.basis(in); got != want {
			t.Errorf("basis(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestStaticAndMetrics(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	c := d.client()
	for path, want := range map[string]int{
		staticURL("office.css"): 200, staticURL("office.js"): 200, "/static/mark.svg": 200, "/static/openapi.json": 404, "/static/../doc.go": 307, "/static/none.css": 404,
		"/healthz": 200,
	} {
		if status, _ := d.call(c, "GET", path, nil); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	if _, body := d.call(c, "GET", "/metrics", nil); !strings.Contains(body, "wattkiosk_office_kiosks 0") || !strings.Contains(body, `route="/healthz"`) {
		t.Errorf("metrics lack something:\n%s", body)
	}
}

// TestAttackMetricsFromElsewhere: the figures of head office are for its own machine, and for
// administrators.
func TestAttackMetricsFromElsewhere(t *testing.T) {
	d := openDesk(t, newTown(t), nil)
	for name, want := range map[string]int{"": 401, "zhang": 403, "wang": 403, "root": 200} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", d.http.URL+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "203.0.113.9")
		if status, _ := d.do(d.as(name), r); status != want {
			t.Errorf("metrics for %q through a proxy: %d, want %d", name, status, want)
		}
	}
}

func TestHistoryIsTold(t *testing.T) {
	for _, c := range []struct {
		h    books.History
		want string
	}{
		{books.History{Event: "ordered", State: "ordered", By: "10000001"}, "office 建立入账单"},
		{books.History{Event: "due", State: "calling"}, "office 发出入账请求"},
		{books.History{Event: "due", State: "reversing"}, "office 发出返销请求"},
		{books.History{Event: "due", State: "asking"}, "office 按流水号查询是否入账"},
		{books.History{Event: "post answered", State: "owed", Code: "1035", Text: "不允许"}, "mis 入账答复：1035 不允许"},
		{books.History{Event: "post answered", State: "posted", Code: "1001", BeganAt: 1}, "office 发出入账请求, mis 入账答复：1001"},
		{books.History{Event: "ask answered", State: "asking", BeganAt: 1}, "office 按流水号查询是否入账, office 没有答复，按未知处理"},
		{books.History{Event: "post answered late", State: "posted", Code: "1001", Text: "成功"}, "mis 迟到的入账答复：1001 成功"},
		{books.History{Event: "post expired", State: "asking", BeganAt: 1}, "office 发出入账请求, office 没有答复，按未知处理"},
		{books.History{Event: "reverse restarted", State: "reversing", BeganAt: 1}, "office 发出返销请求, office 总部重启，在途请求按未知处理"},
		{books.History{Event: "post answered", State: "asking"}, "office 没有答复，按未知处理"},
		{books.History{Event: "restarted", State: "asking"}, "office 总部重启，在途请求按未知处理"},
		{books.History{Event: "retry ordered", State: "asking", By: "wang"}, "person 人工重试"},
		{books.History{Event: "reverse ordered", State: "reversing", By: "wang"}, "person 人工返销"},
		{books.History{Event: "something new", By: "wang"}, "person something new"},
	} {
		var told []string
		for _, m := range tellHistory(zh, "", c.h) {
			told = append(told, m.Who+" "+m.Title)
		}
		if got := strings.Join(told, ", "); got != c.want {
			t.Errorf("%s: %s, want %s", c.h.Event, got, c.want)
		}
	}
}

// TestCallsInARowAreCounted: calls that ended alike are one line, and it says how many.
func TestCallsInARowAreCounted(t *testing.T) {
	for times, want := range map[int64]bool{0: false, 1: false, 288: true} {
		told := tellHistory(zh, "", books.History{Event: "ask answered", State: "asking", BeganAt: 1, Times: times})
		if len(told) != 2 || strings.HasSuffix(told[1].Detail, " · 同样的结果连续 288 次") != want {
			t.Errorf("%d times: %+v", times, told)
		}
	}
}
