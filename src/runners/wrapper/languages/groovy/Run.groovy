// Runs a task's script with its values at hand: groovy Run.groovy VALUES SCRIPT. The script sees the map `task`.
def values = new GroovyShell().evaluate(new File(args[0]))
new GroovyShell(new Binding([task: values])).evaluate(new File(args[1]))
