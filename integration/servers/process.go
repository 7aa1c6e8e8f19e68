package servers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// A process is a running server program. One goroutine owns it and reaps it.
type process struct {
	pid    int
	exited chan struct{} // closed once the process is reaped
	err    error         // how it ended; read after exited
}

func startProcess(cmd *exec.Cmd) (*process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{pid: cmd.Process.Pid, exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// end sends signal and waits for the process to be reaped.
func (p *process) end(signal syscall.Signal, limit time.Duration) error {
	if err := p.signal(signal); err != nil {
		return err
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("still running %v after %v", limit, signal)
	}
}

func (p *process) signal(signal syscall.Signal) error {
	if !p.running() {
		return nil
	}
	if err := syscall.Kill(p.pid, signal); !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// stop freezes the process and all its descendants and returns their ids. The process itself comes first: stopped, it
// starts no more children.
func (p *process) stop() ([]int, error) {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return nil, err
	}
	if err := awaitState([]int{p.pid}, 'T', 'Z', 'X'); err != nil {
		return nil, err
	}
	pids := append([]int{p.pid}, descendants(p.pid)...)
	signalAll(pids, syscall.SIGSTOP)
	return pids, awaitState(pids, 'T', 'Z', 'X')
}

// kill ends the process and all its descendants at one instant, as a crash of the machine would: PostgreSQL's children
// would otherwise live on for as long as their query runs.
func (p *process) kill() error {
	pids, err := p.stop()
	signalAll(pids, syscall.SIGKILL)
	if err := errors.Join(err, p.end(syscall.SIGKILL, stopLimit)); err != nil {
		return err
	}
	// Where process 1 does not reap, orphans stay zombies.
	return awaitState(pids, 'Z', 'X')
}

func signalAll(pids []int, signal syscall.Signal) {
	for _, pid := range pids {
		// A process that has just ended is no failure.
		_ = syscall.Kill(pid, signal)
	}
}

// awaitState waits until each of pids is in one of states, or gone.
func awaitState(pids []int, states ...byte) error {
	deadline := time.Now().Add(stopLimit)
	for _, pid := range pids {
		for {
			state, _, ok := stat(pid)
			if !ok || slices.Contains(states, state) {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("process %d is in state %c, not in %q", pid, state, states)
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// descendants are the children of pid, their children, and so on.
func descendants(pid int) []int {
	children := make(map[int][]int)
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		child, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if _, parent, ok := stat(child); ok {
			children[parent] = append(children[parent], child)
		}
	}
	found := slices.Clone(children[pid])
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i]]...)
	}
	return found
}

// stat reads a process's state and parent from /proc/pid/stat (proc_pid_stat(5)); ok is false when there is no such process.
func stat(pid int) (state byte, parent int, ok bool) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0, false
	}
	// The program's name stands in parentheses and may hold anything, further parentheses included.
	fields := bytes.Fields(data[bytes.LastIndexByte(data, ')')+1:])
	if len(fields) < 2 {
		return 0, 0, false
	}
	parent, err = strconv.Atoi(string(fields[1]))
	return fields[0][0], parent, err == nil
}
