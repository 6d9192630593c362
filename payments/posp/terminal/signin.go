package terminal

import "wattkiosk/payments/posp"

// wantKeys has the terminal sign in before anything else is sent. A pause that runs
// goes on.
func (w *step) wantKeys() { w.Keys.Wanted = true }

func (w *step) signInAnswered(a posp.Answer) {
	if a.Code != posp.OK {
		w.retrySignIn(Trouble{Code: a.Code})
		return
	}
	w.Keys.Loading = true
	w.act(Action{Do: LoadKeys})

	switch {
	case a.Batch == 0:
	case a.Batch == w.Batch.Number:
		w.Batch.Other = 0
	case w.Close.Phase != Open: // the POSP may have closed it, and its answer was lost
	case len(w.Batch.Items) == 0:
		w.Batch.Number = a.Batch
	default:
		w.Batch.Other = a.Batch
		w.trouble(Trouble{What: BatchDiffers, Failures: 1, Batch: a.Batch})
	}
}

func (w *step) loaded() {
	if !w.Keys.Loading {
		return
	}
	w.Keys = Keys{Ready: true, Generation: w.Keys.Generation + 1}
}

func (w *step) notLoaded() {
	if !w.Keys.Loading {
		return
	}
	w.Keys.Loading = false
	w.Keys.Ready = false // the pad may have the PIN key and not the MAC key
	w.retrySignIn(Trouble{})
}

func (w *step) retrySignIn(t Trouble) {
	w.Keys.Wanted = true
	w.Keys.Due = w.now.Add(wait(w.Keys.Failures))
	w.Keys.Failures++
	t.What, t.Failures = SignInFails, w.Keys.Failures
	w.trouble(t)
}
