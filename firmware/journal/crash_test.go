package journal_test

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"

	"wattkiosk/firmware/journal"
	"wattkiosk/payments/record"
)

const (
	childDir  = "WATTKIOSK_JOURNAL_CHILD" // makes the test binary the child
	roundsEnv = "WATTKIOSK_JOURNAL_KILLS" // rounds of TestKill; 10 by default
	maxKillAt = 400                       // records a child reports before it is killed
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := appendForever(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// appendForever prints each number once it is durable.
func appendForever(dir string) error {
	j, err := journal.Open(options(dir))
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var once sync.Once
	for range 4 {
		wg.Go(func() {
			for {
				rs, e := j.Append(record.Draft{Type: "note-stacked", Txn: "T1", Payload: make([]byte, 1000)}, record.Draft{Type: "x"})
				if e != nil {
					once.Do(func() { err = e })
					return
				}
				if _, e := fmt.Println(rs[1].Seq); e != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return err
}

// TestKill kills a writing process at random and opens what it left: nothing that
// it reported is missing.
func TestKill(t *testing.T) {
	rounds := 10
	if s := os.Getenv(roundsEnv); s != "" {
		var err error
		if rounds, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(7, 7))
	for round := range rounds {
		reported := killAfter(t, dir, 1+rng.IntN(maxKillAt))
		j := mustOpen(t, options(dir))
		rep, err := j.Verify(t.Context())
		if err != nil || rep.Head.Seq < reported || rep.Records != rep.Head.Seq {
			t.Fatalf("round %d: reported %d, left %+v, %v", round, reported, rep, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs a child, kills it after n reports and gives the highest.
func killAfter(t *testing.T, dir string, n int) (highest uint64) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{exe, "-test.run=^$"}
	if e := os.Getenv("WATTKIOSK_EMULATOR"); e != "" { // the binary is not for this machine
		args = append([]string{e}, args...)
	}
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Env, cmd.Stderr = append(os.Environ(), childDir+"="+dir), os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	count := 0
	for lines.Scan() { // what is in the pipe after the kill was reported too
		seq, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			break // the last line may be torn
		}
		highest = max(highest, seq)
		if count++; count == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait()
	if count < n {
		t.Fatalf("the child ended after %d reports", count)
	}
	return highest
}
