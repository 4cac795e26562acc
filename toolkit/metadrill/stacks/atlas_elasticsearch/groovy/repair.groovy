// Re-index every entity whose graph state differs from the index, with its classifications and edges.
// Arguments: index documents (JSON Lines: id, guid, type, state, modified), answer file (JSON).
// A classification is a vertex of its own, without a guid: it has no state to compare, so it is
// re-indexed where its document is absent or its entity differs; a document of no vertex is told (`stale`).
// Atlas is stopped: BerkeleyDB JE allows one process. Never repair by updating the entity:
// that leaves a stub document with two fields and no __guid (stack-recipe.md).
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.apache.atlas.repository.graphdb.janus.AtlasJanusGraphDatabase
import org.janusgraph.util.encoding.LongEncoding

def slurper = new JsonSlurper()
def indexed = [:]
def documents = new HashSet()
def stale = new HashSet()
new File(args[0]).eachLine { line ->
  def d = slurper.parseText(line)
  documents.add(d.id)
  if (d.guid) { indexed[d.guid] = [d.type, d.state, d.modified] } else { stale.add(d.id) }
}

def graph = AtlasJanusGraphDatabase.getGraphInstance()
def serializer = graph.getIndexSerializer()
def management = graph.openManagement()
def wrapped = management.getWrappedTx()
def mutator = wrapped.getTxHandle()
def value = { vertex, key -> def p = vertex.property(key); p.isPresent() ? p.value() : null }

def examined = 0
def seen = new HashSet()
def differing = [:]
def beside = [:]
wrapped.traversal().V().has('__typeName').each { vertex ->
  def guid = value(vertex, '__guid')
  if (guid == null) {
    def id = LongEncoding.encode((long) vertex.id())
    stale.remove(id)
    if (!documents.contains(id)) { beside[vertex.id()] = vertex }
    return
  }
  examined++
  seen.add(guid)
  def state = [value(vertex, '__typeName'), value(vertex, '__state'), value(vertex, '__modificationTimestamp')]
  if (indexed[guid] != state) { differing[guid] = vertex }
}
differing.values().each { entity ->
  wrapped.traversal().V(entity.id()).out().has('__typeName').hasNot('__guid').each { beside[it.id()] = it }
}
def vertices = differing.values() + beside.values()
def edges = vertices.collectMany { wrapped.traversal().V(it.id()).bothE().toList() }.unique { it.id() }
[vertex_index: vertices, fulltext_index: vertices, edge_index: edges].each { name, elements ->
  def type = management.getSchemaVertex(management.getGraphIndex(name)).asIndexType()
  def found = [:]
  elements.each { serializer.reindexElement(it, type, found) }
  if (found) { mutator.getIndexTransaction(type.getBackingIndexName()).restore(found) }
}
management.commit()
def ghosts = indexed.keySet().findAll { !seen.contains(it) }
new File(args[1]).text = JsonOutput.toJson([examined: examined, repaired: differing.keySet() as List,
                                          classifications: beside.size(), edges: edges.size(), ghosts: ghosts as List,
                                          stale: stale as List])
System.exit(0)
