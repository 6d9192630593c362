package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments"
	"wattkiosk/payments/cash"
	"wattkiosk/payments/post"
	"wattkiosk/payments/record"
)

// buffered is how many transactions wait in the journal of BenchmarkFootprint.
const buffered = 10_000

// BenchmarkFootprint starts the real program, for this machine and for both
// boards under qemu-user, over a journal of 10,000 transactions that head office
// has not acknowledged, and reports the binary's size, the time from start to
// its first answer, and resident memory. Under qemu-user the memory includes the
// emulator's own, so it is an upper bound.
func BenchmarkFootprint(b *testing.B) {
	state := b.TempDir()
	fill(b, filepath.Join(state, "journal"))
	for _, c := range []struct {
		name, emulator string
		env            []string
	}{
		{"native", "", nil},
		{"arm64", "qemu-aarch64-static", []string{"GOARCH=arm64"}},
		{"armv7", "qemu-arm-static", []string{"GOARCH=arm", "GOARM=7"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.emulator != "" {
				if _, err := exec.LookPath(c.emulator); err != nil {
					b.Skip(c.emulator + " is not installed")
				}
			}
			bin := filepath.Join(b.TempDir(), "kioskd")
			build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", bin, ".")
			build.Env = append(append(os.Environ(), "CGO_ENABLED=0"), c.env...)
			if out, err := build.CombinedOutput(); err != nil {
				b.Fatalf("%v\n%s", err, out)
			}
			info, err := os.Stat(bin)
			if err != nil {
				b.Fatal(err)
			}
			for range b.N {
				ready, rss, anon := start(b, c.emulator, bin, state)
				b.ReportMetric(ready.Seconds()*1000, "ms-to-answer")
				b.ReportMetric(float64(rss)/1024, "MB-resident")
				b.ReportMetric(float64(anon)/1024, "MB-anonymous")
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MB-binary")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// fill writes transactions into a new journal.
func fill(b *testing.B, dir string) {
	j, err := journal.Open(journal.Options{Dir: dir, Kiosk: "10000001", Clock: time.Now, Trust: func() record.Trust { return record.RTC }})
	if err != nil {
		b.Fatal(err)
	}
	var batch []record.Draft
	for n := range buffered {
		serial := payments.Serial("10000001", 0, uint64(n*10+1))
		for _, e := range []payments.Event{
			payments.Opened{Account: "1000000001", Name: "张**", Address: "示范市人民路***", Arrears: 12850, Online: true, Tender: "cash", Limit: 500000, OpenedAt: time.Now().UnixMilli()},
			cash.NoteAccepted{Note: 0, Value: 10000},
			cash.NoteStacked{Note: 0, Value: 10000, Evidence: "stacked"},
			cash.NoteAccepted{Note: 1, Value: 5000},
			cash.NoteStacked{Note: 1, Value: 5000, Evidence: "stacked"},
			cash.Closed{Total: 15000, Account: "1000000001", Tender: "cash", ClosedAt: time.Now().UnixMilli(), Reason: "customer"},
			payments.SlipAttempt{Copy: 1, Kind: "pending", Outcome: "started"},
			payments.SlipAttempt{Copy: 1, Kind: "pending", Outcome: "printed"},
			post.OutcomeLearned{Status: post.Posted, Code: "1001", Reference: "M1", ToArrears: 12850, ToAdvance: 2150},
		} {
			d, err := payments.Draft(serial, e)
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, d)
		}
		if len(batch) > 500 {
			if _, err := j.Append(batch...); err != nil {
				b.Fatal(err)
			}
			batch = nil
		}
	}
	if err := j.Close(); err != nil {
		b.Fatal(err)
	}
}

// start runs the program until it answers, lets it settle, and measures it.
func start(b *testing.B, emulator, bin, state string) (ready time.Duration, rss, anon int) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	conf := filepath.Join(b.TempDir(), "kiosk.toml")
	text := fmt.Sprintf("kiosk = \"10000001\"\nstate_dir = %q\nrun_dir = %q\nscreen_addr = %q\n", state, b.TempDir(), addr)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	args := []string{bin, "-config", conf, "-log-level", "error"}
	if emulator != "" {
		args = append([]string{emulator}, args...)
	}
	ctx, stop := context.WithCancel(b.Context())
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() { stop(); _ = cmd.Wait() }()
	for deadline := begin.Add(time.Minute); ; {
		resp, err := http.Get("http://" + addr + "/status")
		if err == nil {
			var s struct{ Head struct{ Seq uint64 } }
			err = json.NewDecoder(resp.Body).Decode(&s)
			resp.Body.Close()
			if err == nil && s.Head.Seq > buffered {
				break
			}
		}
		if time.Now().After(deadline) {
			b.Fatal("the program does not answer")
		}
		time.Sleep(5 * time.Millisecond) // polling a process from outside
	}
	ready = time.Since(begin)
	time.Sleep(3 * time.Second) // settling is what is measured
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		_, _ = fmt.Sscanf(line, "VmRSS: %d kB", &rss)
		_, _ = fmt.Sscanf(line, "RssAnon: %d kB", &anon)
	}
	return ready, rss, anon
}
