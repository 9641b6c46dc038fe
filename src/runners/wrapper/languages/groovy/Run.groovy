// Runs a task's script with its values at hand: groovy Run.groovy SCRIPT. The script sees the map `task`.
// Values come from the task's document: written into Groovy source, a text could not be kept from being read as code (`\u0027`).
def document = new groovy.json.JsonSlurper().parse(new File(System.getenv('BIT_TASK')), 'UTF-8')
def task = document.resource + document.subMap(['input', 'output', 'tag', 'tags_of'])
new GroovyShell(new Binding([task: task])).evaluate(new File(args[0]))
