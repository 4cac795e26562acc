// Read a graph at rest: its entities in the form of an export, its type definitions as the server gives them.
// Arguments: file for the export (zip), answer file for the type definitions (JSON).
// Atlas is stopped. By Atlas' own classes, and over all vertices: no index is asked.
import java.util.zip.ZipEntry
import java.util.zip.ZipOutputStream
import org.apache.atlas.RequestContext
import org.apache.atlas.model.SearchFilter
import org.apache.atlas.model.instance.AtlasEntity.AtlasEntityWithExtInfo
import org.apache.atlas.repository.graph.AtlasGraphProvider
import org.apache.atlas.repository.store.graph.v2.AtlasTypeDefGraphStoreV2
import org.apache.atlas.repository.store.graph.v2.EntityGraphRetriever
import org.apache.atlas.type.AtlasType
import org.apache.atlas.type.AtlasTypeRegistry

def graph = AtlasGraphProvider.getGraphInstance()
def registry = new AtlasTypeRegistry()
def store = new AtlasTypeDefGraphStoreV2(registry, new HashSet(), graph)
store.init()
def types = AtlasType.toJson(store.searchTypesDef(new SearchFilter()))
def retriever = new EntityGraphRetriever(graph, registry)

def guids = []
def zip = new ZipOutputStream(new BufferedOutputStream(new FileOutputStream(args[0])))
def add = { name, text ->
  zip.putNextEntry(new ZipEntry("${name}.json".toString()))
  zip.write(text.getBytes('UTF-8'))
  zip.closeEntry()
}
graph.getVertices().each { vertex ->
  def guid = vertex.getProperty('__guid', String)
  def type = vertex.getProperty('__typeName', String)
  if (guid == null || type == null || type.startsWith('__')) { return }
  add(guid, AtlasType.toJson(new AtlasEntityWithExtInfo(retriever.toAtlasEntity(vertex))))
  guids.add(guid)
  if (guids.size() % 1000 == 0) { RequestContext.clear() }
}
add('atlas-typesdef', types)
add('atlas-export-order', AtlasType.toJson(guids))
add('atlas-export-info', AtlasType.toJson([operationStatus: 'SUCCESS']))
zip.close()
new File(args[1]).text = types
System.exit(0)
