// Re-index the whole graph into emptied indices. Argument: answer file (JSON).
import groovy.json.JsonOutput
import org.apache.atlas.repository.graphdb.janus.AtlasJanusGraphDatabase
import org.janusgraph.core.schema.SchemaAction

def graph = AtlasJanusGraphDatabase.getGraphInstance()
def took = [:]
['vertex_index', 'edge_index', 'fulltext_index'].each { name ->
  def start = System.nanoTime()
  def management = graph.openManagement()
  management.updateIndex(management.getGraphIndex(name), SchemaAction.REINDEX).get()
  management.commit()
  took[name] = (System.nanoTime() - start) / 1e9
}
new File(args[0]).text = JsonOutput.toJson(took)
System.exit(0)
