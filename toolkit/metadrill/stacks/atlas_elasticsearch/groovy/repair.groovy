// Re-index every entity whose graph state differs from the index.
// Arguments: index documents (JSON Lines: guid, type, state, modified), answer file (JSON).
// Atlas is stopped: BerkeleyDB JE allows one process. Never repair by updating the entity:
// that leaves a stub document with two fields and no __guid (stack-recipe.md).
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.apache.atlas.repository.graphdb.janus.AtlasJanusGraphDatabase

def slurper = new JsonSlurper()
def indexed = [:]
new File(args[0]).eachLine { line -> def d = slurper.parseText(line); indexed[d.guid] = [d.type, d.state, d.modified] }

def graph = AtlasJanusGraphDatabase.getGraphInstance()
def serializer = graph.getIndexSerializer()
def management = graph.openManagement()
def wrapped = management.getWrappedTx()
def mutator = wrapped.getTxHandle()
def value = { vertex, key -> def p = vertex.property(key); p.isPresent() ? p.value() : null }

def examined = 0
def seen = new HashSet()
def differing = [:]
wrapped.traversal().V().has('__typeName').has('__guid').each { vertex ->
  def guid = value(vertex, '__guid')
  examined++
  seen.add(guid)
  def state = [value(vertex, '__typeName'), value(vertex, '__state'), value(vertex, '__modificationTimestamp')]
  if (indexed[guid] != state) { differing[guid] = vertex }
}
['vertex_index', 'fulltext_index'].each { name ->
  def type = management.getSchemaVertex(management.getGraphIndex(name)).asIndexType()
  def documents = [:]
  differing.values().each { serializer.reindexElement(it, type, documents) }
  if (documents) { mutator.getIndexTransaction(type.getBackingIndexName()).restore(documents) }
}
management.commit()
def ghosts = indexed.keySet().findAll { !seen.contains(it) }
new File(args[1]).text = JsonOutput.toJson([examined: examined, repaired: differing.keySet() as List, ghosts: ghosts as List])
System.exit(0)
