package web

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"wattkiosk/payments/money"
	"wattkiosk/payments/reconcile/form"
	"wattkiosk/uplink/office/people"
)

// misFile is the MIS's file of the night, with these sums by serial.
func misFile(t *testing.T, sums map[string]money.Amount, order []string) string {
	t.Helper()
	var file bytes.Buffer
	err := form.Write104(&file, func(yield func(form.Line104) bool) {
		for _, serial := range order {
			if sums[serial] > 0 && !yield(form.Line104{
				Terminal: serial[:8], Serial: serial, Batch: "1", Class: "01", Date: "2026-11-23", Amount: sums[serial], Mode: "010301", Settle: "01", Customer: "1000000001", Unit: "1",
			}) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}

	return file.String()
}

// sends posts a file as a program does.
func (d *desk) sends(c *http.Client, path, kind string, body io.Reader) (int, string) {
	d.t.Helper()
	r, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, d.http.URL+path, body)
	d.town.check(err)
	r.Header.Set("Content-Type", kind)

	return d.do(c, r)
}

// fills posts a form with a file as a browser does; of a form that is cut the end is lost.
func (d *desk) fills(c *http.Client, path string, fields [][2]string, name, file string, cut int) (int, string) {
	d.t.Helper()
	var b bytes.Buffer
	mw := multipart.NewWriter(&b)
	for _, f := range fields {
		d.town.check(mw.WriteField(f[0], f[1]))
	}
	part, err := mw.CreateFormFile(fileField, name)
	d.town.check(err)
	_, err = io.WriteString(part, file)
	d.town.check(err)
	kind := mw.FormDataContentType()
	d.town.check(mw.Close())

	return d.sends(c, path, kind, bytes.NewReader(b.Bytes()[:b.Len()-cut]))
}

// audited are the refused acts of the audit log, by who and what.
func (d *desk) audited(t *testing.T) (out []string) {
	t.Helper()
	rows, err := d.town.store.Acts(t.Context(), people.AuditFilter{})
	d.town.check(err)
	for _, a := range rows {
		if act, refused := strings.CutSuffix(a.Action, " refused"); refused {
			out = append(out, a.User+" "+act+" "+a.Object)
		}
	}

	return out
}

// TestABookIsBrought: an accountant brings a book by the API and by the page. A file with
// faults is refused as a whole, by line and field; so is one that was cut off; nobody else
// brings one; and a signed date takes none. Refusals are in the audit log.
func TestABookIsBrought(t *testing.T) {
	w, serials := nightTown(t)
	w.reports("10000002")
	d := openNight(t, w)
	sums := map[string]money.Amount{serials[0]: 10000, serials[1]: 5000, serials[2]: 2000, serials[3]: 1000}
	whole := misFile(t, sums, serials)
	lines := strings.SplitAfter(whole, "\n")
	bad := lines[0] + strings.Replace(lines[1], "50.00", "5O.00", 1) + lines[2] + "short\n"
	const path = "/api/v1/dates/2026-11-23/books/mis"
	zhang, li := d.as("zhang"), d.as("li")

	status, body := d.sends(zhang, path+"?name=mis.txt", "text/plain", strings.NewReader(bad))
	for _, part := range []string{`"code":"file-refused"`, `"file":"mis.txt"`, `{"line":2,"field":"amount","text":"is no amount"}`, `{"line":4,"text":"has 5 characters, not 104"}`, `"more":0`} {
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, part) {
			t.Errorf("%d, want %s in %s", status, part, body)
		}
	}
	status, page := d.fills(zhang, "/dates/2026-11-23/books", [][2]string{{"book", "mis"}}, `C:\bank\mis.txt`, bad, 0)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("%d", status)
	}
	says(t, pageText(page), "文件没有导入", "mis.txt", "2 amount 不是金额", "长度为 5，应为 104")
	status, page = d.fills(zhang, "/dates/2026-11-23/books", [][2]string{{"book", "mis"}}, "mis.txt", whole, 150)
	if status != http.StatusBadRequest {
		t.Errorf("cut off: %d", status)
	}
	says(t, pageText(page), "上传途中中断")
	if status, _ := d.sends(li, path+"?name=mis.txt", "text/plain", strings.NewReader(whole)); status != http.StatusForbidden {
		t.Errorf("an operator brings a book: %d", status)
	}
	detail, err := w.store.Settle.Detail(t.Context(), nightDay)
	w.check(err)
	if len(detail.Files) != 0 {
		t.Fatalf("after refusals: %+v", detail.Files)
	}

	status, body = d.sends(zhang, path+"?name=mis.txt", "text/plain", strings.NewReader(whole))
	if status != http.StatusOK || !strings.Contains(body, `"fresh":true`) || !strings.Contains(body, `"count":4,"sum":18000`) || !strings.Contains(body, `"by":"zhang"`) {
		t.Fatalf("%d %s", status, body)
	}
	status, _ = d.fills(zhang, "/dates/2026-11-23/books", [][2]string{{"book", "mis"}}, "mis.txt", whole, 0)
	if status != http.StatusSeeOther {
		t.Errorf("the same file again: %d", status)
	}
	w.reconcile()
	if status, body := d.signs(t, "zhang", password); status != http.StatusSeeOther {
		t.Fatalf("signed: %d %s", status, body)
	}
	if status, _ := d.sends(zhang, path+"?name=late.txt", "text/plain", strings.NewReader(misFile(t, sums, serials[:2]))); status != http.StatusConflict {
		t.Errorf("a file for a signed date: %d", status)
	}
	want := []string{"zhang import mis 20261123", "li bring-book /api/v1/dates/2026-11-23/books/mis", "zhang import mis 20261123", "zhang import mis 20261123"}
	if diff := cmp.Diff(want, d.audited(t)); diff != "" {
		t.Errorf("refusals in the audit log (-want +got):\n%s", diff)
	}
}

// TestWhatNoFileIs refuses what is no file of a date before anything is read of it.
func TestWhatNoFileIs(t *testing.T) {
	w, _ := nightTown(t)
	d := openNight(t, w)
	zhang := d.as("zhang")
	for name, c := range map[string]struct {
		path, kind string
		want       int
	}{
		"no book of that name": {"/api/v1/dates/2026-11-23/books/gold?name=a", "text/csv", 400},
		"no date":              {"/api/v1/dates/23.11.2026/books/mis?name=a", "text/csv", 400},
		"no name":              {"/api/v1/dates/2026-11-23/books/mis", "text/csv", 400},
		"a name too long":      {"/api/v1/dates/2026-11-23/books/mis?name=" + strings.Repeat("a", 121), "text/csv", 400},
		"a picture":            {"/api/v1/dates/2026-11-23/books/mis?name=a", "image/png", 415},
	} {
		if status, body := d.sends(zhang, c.path, c.kind, strings.NewReader("x")); status != c.want {
			t.Errorf("%s: %d, want %d: %s", name, status, c.want, body)
		}
	}
}

// TestAStatementIsBrought: the bank's statement comes in by the API and by the page, bounded,
// as a whole or not at all; by nobody but those who may say what the bank has.
func TestAStatementIsBrought(t *testing.T) {
	d, w, _ := cashTown(t)
	const header = "交易日期,交易时间,参考号,摘要,支出金额,收入金额,余额\n"
	const good = header + "2026-11-23,10:00:00,B77,现金存款,,77.00,\n合计,1,0.00,77.00\n"
	const path = "/api/v1/statements?name=november.csv"
	zhang := d.as("zhang")

	status, body := d.sends(zhang, path, "text/csv", strings.NewReader(strings.Replace(good, "合计,1,0.00,77.00", "合计,1,0.00,78.00", 1)))
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, `{"line":3,"field":"收入合计","text":"does not match the sum of the lines, 77.00"}`) {
		t.Errorf("%d %s", status, body)
	}
	long := header + strings.Repeat("2026-11-23,10:00:00,B77,"+strings.Repeat("现", 300)+",1.00,,\n", 9<<20/930)
	if status, body := d.sends(zhang, path, "text/csv", strings.NewReader(long)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("9 MiB: %d %s", status, body)
	}
	if status, _ := d.sends(d.as("li"), path, "text/csv", strings.NewReader(good)); status != http.StatusForbidden {
		t.Errorf("an operator: %d", status)
	}
	loose, err := w.store.Cash.Loose(t.Context())
	w.check(err)
	if len(loose) != 0 {
		t.Fatalf("after refusals: %+v", loose)
	}
	status, body = d.sends(zhang, path, "text/csv", strings.NewReader(good))
	if status != http.StatusOK || !strings.Contains(body, `"fresh":true,"matched":0,"loose":1`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _ := d.fills(zhang, "/statements", nil, "november.csv", good, 0); status != http.StatusSeeOther {
		t.Errorf("the same by the page: %d", status)
	}
	if loose, err = w.store.Cash.Loose(t.Context()); err != nil || len(loose) != 1 || loose[0].Amount != 7700 {
		t.Errorf("%+v, %v", loose, err)
	}
}

// TestFilesAreBounded: each route that takes a file has its own bound.
func TestFilesAreBounded(t *testing.T) {
	for path, want := range map[string]int64{
		"/dates/{date}/books": 256<<20 + 64<<10, "/api/v1/dates/{date}/books/{book}": 256<<20 + 64<<10,
		"/statements": 8<<20 + 64<<10, "/api/v1/statements": 8<<20 + 64<<10, "/dates/{date}/sign": 64 << 10,
	} {
		if got := (route{method: "POST", path: path}).largest(); got != want {
			t.Errorf("%s: %d bytes, want %d", path, got, want)
		}
	}
}

// TestFaultsAreSaid: whatever payments/reconcile/form says is wrong with a file is said in
// Chinese on the page.
func TestFaultsAreSaid(t *testing.T) {
	folder := filepath.Join("..", "..", "..", "payments", "reconcile", "form")
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	verb := regexp.MustCompile(`%[dsv]`)
	texts := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			of, ok := call.Fun.(*ast.SelectorExpr)
			lit, isText := call.Args[1].(*ast.BasicLit)
			if !ok || of.Sel.Name != "fault" || !isText {
				return true
			}
			texts++
			format, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			text := strings.Replace(format, "%v", "line is too long", 1)
			text = strings.Replace(text, "has %d %s, not", "has %d bytes, not", 1)
			text = verb.ReplaceAllString(text, "7")
			if said := zh.sentence(text); !strings.ContainsFunc(said, func(r rune) bool { return unicode.Is(unicode.Han, r) }) || said == text {
				t.Errorf("%s: %q is %q", filepath.Base(name), text, said)
			}

			return true
		})
	}
	if texts < 40 {
		t.Errorf("%d texts were found", texts)
	}
}

// TestShotsOfFiles keeps pictures of the pages that take files in, where WATTKIOSK_SHOTS names
// a folder.
func TestShotsOfFiles(t *testing.T) {
	dir := os.Getenv("WATTKIOSK_SHOTS")
	if dir == "" {
		t.Skip("WATTKIOSK_SHOTS names no folder")
	}
	w, serials := nightTown(t)
	d := openNight(t, w)
	w.reconcile()
	file := filepath.Join(t.TempDir(), "mis.txt")
	bad := strings.Replace(misFile(t, map[string]money.Amount{serials[0]: 10000, serials[1]: 5000}, serials), "50.00", "5O.00", 1) + "short\n"
	w.check(os.WriteFile(file, []byte(bad), 0o600))
	ctx := browser(t)
	keepShot(ctx, t, dir, "login", d.http.URL+"/login", "main", 1440)
	enterAs(ctx, t, "zhang")
	for _, l := range []string{"", "-en"} {
		keepShot(ctx, t, dir, "date-bring"+l, d.http.URL+"/dates/2026-11-23", "#bring", 1440)
		w.check(chromedp.Do(ctx, chromedp.SetUploadFiles(`#bring input[type=file]`, []string{file}), chromedp.Click(`#bring button`), chromedp.WaitVisible(`h1.wrong`)))
		keepShotHere(ctx, t, dir, "file-refused"+l)
		keepShot(ctx, t, dir, "statement-bring"+l, d.http.URL+"/remittances", "#statement", 1440)
		w.check(chromedp.Do(ctx, chromedp.Click(`form[action="/language"] button`), chromedp.WaitVisible(fmt.Sprintf("html[lang=%s]", map[string]string{"": "en", "-en": "zh-CN"}[l]))))
	}
}
