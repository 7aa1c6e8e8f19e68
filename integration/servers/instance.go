package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	readyLimit = 60 * time.Second // for a server to answer
	stopLimit  = 30 * time.Second // for a server to end
)

// errPortTaken: between the choice of a port and its use, somebody else took it.
var errPortTaken = errors.New("port taken")

// An engine knows one kind of server.
type engine interface {
	name() string
	// account is who the server runs as.
	account() (*account, error)
	// create lays out the files of a new server in in.dir.
	create(in *instance) error
	// command is the server program with its arguments.
	command(in *instance) (path string, args []string, err error)
	// ping fails until the server takes statements.
	ping(ctx context.Context, in *instance) error
	dsn(password, addr, database string) string
	createDatabase(ctx context.Context, in *instance, name string) error
	dropDatabase(ctx context.Context, in *instance, name string) error
	// statementLog names the file in in.dir where statements are logged, "" if the server cannot do that.
	statementLog() string
	// countStatements counts the statements in log that hold marker.
	countStatements(log, marker string) int
	protocol() Protocol
	// shutdown asks for an orderly end that does not wait for clients; discard for the quickest that leaves nothing behind.
	shutdown() syscall.Signal
	discard() syscall.Signal
}

// An instance is one server with its directory, whether its program runs or not.
type instance struct {
	engine
	config    config
	runAs     *account
	dir       string
	password  string
	port      int
	keeper    *keeper
	databases atomic.Int64 // how many Database has handed out

	mu     sync.Mutex // guards proc and frozen; held through every change of state
	proc   *process   // nil before the first start
	frozen []int      // the processes Freeze has stopped
}

func launch(e engine, opts []Option) (*instance, error) {
	in := &instance{engine: e, config: newConfig(opts), password: newPassword()}
	if err := in.start(); err != nil {
		return nil, errors.Join(err, in.close())
	}
	return in, nil
}

func (in *instance) start() (err error) {
	if in.runAs, err = in.account(); err != nil {
		return err
	}
	if in.dir, err = newDir(in.runAs); err != nil {
		return err
	}
	if in.keeper, err = startKeeper(in.dir); err != nil {
		return err
	}
	if err := in.create(in); err != nil {
		return fmt.Errorf("servers: new %s: %w", in.name(), err)
	}
	for range 5 {
		if in.port, err = freePort(); err != nil {
			return err
		}
		if err = in.restart(); !errors.Is(err, errPortTaken) {
			break
		}
	}
	return err
}

func (in *instance) addr() string { return fmt.Sprintf("127.0.0.1:%d", in.port) }

func (in *instance) path(name string) string { return filepath.Join(in.dir, name) }

// run runs a program of the server to its end, as the server's account; a failure holds what it printed.
func (in *instance) run(path string, args ...string) error {
	var out strings.Builder
	cmd := in.prepare(path, args)
	cmd.Stdout, cmd.Stderr = &out, &out
	p, err := startProcess(cmd)
	if err != nil {
		return err
	}
	err = in.keeper.watch("KILL", p.pid)
	<-p.exited
	if err := errors.Join(p.err, err); err != nil {
		return fmt.Errorf("%s: %w\n%s", path, err, out.String())
	}
	return nil
}

// prepare leaves the environment out: PGPORT, MYSQL_HOME and the like must not reach a private server.
func (in *instance) prepare(path string, args []string) *exec.Cmd {
	cmd := exec.Command(path, args...)
	cmd.Dir = in.dir
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "TZ=UTC", "HOME=" + in.dir, "TMPDIR=" + in.dir}
	// Its own group, or the terminal's interrupt would end it before the test binary's cleanup does.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in.runAs.runAs(cmd)
	return cmd
}

// restart ends the server if it runs, and starts it on its port over its files.
func (in *instance) restart() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if err := in.endLocked(in.shutdown()); err != nil {
		return err
	}
	path, args, err := in.command(in)
	if err != nil {
		return err
	}
	log, err := os.OpenFile(in.path("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := in.prepare(path, args)
	cmd.Stdout, cmd.Stderr = log, log
	started, err := log.Seek(0, 2)
	if err != nil {
		return err
	}
	if in.proc, err = startProcess(cmd); err != nil {
		return err
	}
	return errors.Join(in.watchLocked(), in.waitReadyLocked(started))
}

func (in *instance) watchLocked() error {
	switch {
	case in.proc == nil || !in.proc.running():
		return in.keeper.watch("KILL")
	case in.frozen != nil:
		return in.keeper.watch("KILL", in.frozen...)
	case in.discard() == syscall.SIGQUIT:
		return in.keeper.watch("QUIT", in.proc.pid)
	default:
		return in.keeper.watch("KILL", in.proc.pid)
	}
}

// waitReadyLocked waits for the first answer. The log of this start begins at offset started.
func (in *instance) waitReadyLocked(started int64) error {
	ctx, cancel := context.WithTimeout(context.Background(), readyLimit)
	defer cancel()
	for {
		err := in.ping(ctx, in)
		if err == nil {
			return nil
		}
		select {
		case <-in.proc.exited:
			if log, _ := in.since("log", started); strings.Contains(log, "Address already in use") {
				return errPortTaken
			}
			return fmt.Errorf("servers: %s ended while starting: %v\n%s", in.name(), in.proc.err, in.logTail())
		case <-ctx.Done():
			return fmt.Errorf("servers: %s gave no answer within %v: %w\n%s", in.name(), readyLimit, err, in.logTail())
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// endLocked thaws and ends the server with signal; one that does not end is killed, which is an error.
func (in *instance) endLocked(signal syscall.Signal) error {
	if in.proc == nil || !in.proc.running() {
		return nil
	}
	in.thawLocked()
	err := in.proc.end(signal, stopLimit)
	if err != nil {
		err = fmt.Errorf("servers: %s: %w\n%s", in.name(), err, in.logTail())
		err = errors.Join(err, in.proc.kill())
	}
	return errors.Join(err, in.watchLocked())
}

func (in *instance) kill() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.proc == nil || !in.proc.running() {
		return nil
	}
	err := in.proc.kill()
	in.frozen = nil
	return errors.Join(err, in.watchLocked())
}

func (in *instance) freeze() (err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.frozen != nil || in.proc == nil || !in.proc.running() {
		return fmt.Errorf("servers: %s is not running", in.name())
	}
	in.frozen, err = in.proc.stop()
	return errors.Join(err, in.watchLocked())
}

func (in *instance) thaw() error {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.thawLocked()
	return in.watchLocked()
}

// thawLocked wakes the children before their parent, so that it finds them as it left them.
func (in *instance) thawLocked() {
	for i := len(in.frozen) - 1; i >= 0; i-- {
		_ = syscall.Kill(in.frozen[i], syscall.SIGCONT)
	}
	in.frozen = nil
}

// close ends the server and removes its directory.
func (in *instance) close() error {
	if in.keeper == nil {
		return os.RemoveAll(in.dir)
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	err := in.endLocked(in.discard())
	return errors.Join(err, in.keeper.close())
}
